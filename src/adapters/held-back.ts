import type { ServerResponse } from 'node:http'

const no = () => false
const nothing = function (this: ServerResponse) {
  return this
}
/** For each prototype of responses (every Express application has its own) the one that they have while held back. */
const ended = new WeakMap<object, object>()

/**
 * Makes an ended response that has not gone out yet look and stay as an ended one: it says that its headers are sent, and
 * what is done to it (`res.redirect(…); next()`) changes nothing.
 *
 * The methods become its own, for an application within an application gives it another prototype when it is left. They are
 * named one by one, and accessors are inherited: what is added by a loop, or comes and goes, makes a response a slow object.
 *
 * @returns lets it go, as it was
 */
export function holdBack(res: ServerResponse): () => void {
  const { statusCode, statusMessage } = res
  const { write, writeHead, flushHeaders, setHeader, setHeaders, appendHeader, removeHeader } = res
  const before = Object.getPrototypeOf(res)
  const meanwhile = endedPrototype(before)
  Object.setPrototypeOf(res, meanwhile)
  res.write = no
  res.writeHead = nothing as typeof writeHead
  res.flushHeaders = nothing
  res.setHeader = nothing as typeof setHeader
  res.setHeaders = nothing as typeof setHeaders
  res.appendHeader = nothing as typeof appendHeader
  res.removeHeader = nothing
  return () => {
    if (Object.getPrototypeOf(res) === meanwhile) Object.setPrototypeOf(res, before)
    res.write = write
    res.writeHead = writeHead
    res.flushHeaders = flushHeaders
    res.setHeader = setHeader
    res.setHeaders = setHeaders
    res.appendHeader = appendHeader
    res.removeHeader = removeHeader
    if (res.headersSent) return
    res.statusCode = statusCode
    if (statusMessage !== undefined) res.statusMessage = statusMessage
  }
}

function endedPrototype(prototype: object): object {
  let found = ended.get(prototype)
  if (!found) {
    const yes = { get: () => true }
    found = Object.create(prototype, { headersSent: yes, writableEnded: yes }) as object
    ended.set(prototype, found)
  }
  return found
}
