import type { ServerResponse } from 'node:http'

type Method = (this: ServerResponse, ...args: never[]) => unknown

const nothing = function (this: ServerResponse) {
  return this
}
const INERT: Record<string, Method> = {
  write: () => false,
  writeHead: nothing,
  flushHeaders: nothing,
  setHeader: nothing,
  setHeaders: nothing,
  appendHeader: nothing,
  removeHeader: nothing,
}
const METHODS = Object.entries(INERT)
/** For each prototype of responses (every Express application has its own) the one that they have while held back. */
const ended = new WeakMap<object, object>()

/**
 * Makes an ended response that has not gone out yet look and stay as an ended one: it says that its headers are sent, and
 * what is done to it (`res.redirect(…); next()`) changes nothing.
 *
 * Another prototype does it: properties that come and go make a response a slow and large object. In place are replaced only
 * methods that are the response's own, as middlewares like to make them, and all of them in an application within an
 * application, which gives it another prototype when it is left.
 *
 * @returns lets it go, as it was
 */
export function holdBack(res: ServerResponse): () => void {
  const { statusCode, statusMessage } = res
  const methods = res as unknown as Record<string, Method>
  const nested = (res as { app?: { parent?: unknown } }).app?.parent !== undefined
  const replaced: [name: string, method: Method][] = []
  for (const [name, inert] of METHODS) {
    const method = methods[name]
    if (!method || !(nested || Object.hasOwn(res, name))) continue
    replaced.push([name, method])
    methods[name] = inert
  }
  const before = Object.getPrototypeOf(res)
  const meanwhile = endedPrototype(before)
  Object.setPrototypeOf(res, meanwhile)
  return () => {
    if (Object.getPrototypeOf(res) === meanwhile) Object.setPrototypeOf(res, before)
    for (const [name, method] of replaced) methods[name] = method
    if (res.headersSent) return
    res.statusCode = statusCode
    if (statusMessage !== undefined) res.statusMessage = statusMessage
  }
}

function endedPrototype(prototype: object): object {
  let found = ended.get(prototype)
  if (!found) {
    const yes = { get: () => true }
    found = Object.assign(Object.create(prototype, { headersSent: yes, writableEnded: yes }), INERT) as object
    ended.set(prototype, found)
  }
  return found
}
