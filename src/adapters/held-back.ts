import type { ServerResponse } from 'node:http'

type Method = (this: ServerResponse, ...args: never[]) => unknown

const nothing = function (this: ServerResponse) {
  return this
}
const inert: Record<string, Method> = {
  write: () => false,
  flushHeaders() {},
  writeHead: nothing,
  setHeader: nothing,
  setHeaders: nothing,
  appendHeader: nothing,
  removeHeader() {},
}
const yes = { configurable: true, enumerable: false, get: () => true }

/**
 * Makes an ended response that has not gone out yet look and stay as an ended one: it says that its headers are sent, and
 * what is done to it (`res.redirect(…); next()`) changes nothing.
 *
 * Everything is an own property, for Express changes prototypes between its applications. Only what was added last is taken
 * away again, the last one first: anything else would turn the response into a slow object.
 *
 * @returns lets it go, as it was
 */
export function holdBack(res: ServerResponse): () => void {
  const { statusCode, statusMessage } = res
  const { write, flushHeaders, writeHead, setHeader, setHeaders, appendHeader, removeHeader } = res
  Object.assign(res, inert)
  Object.defineProperty(res, 'headersSent', yes)
  Object.defineProperty(res, 'writableEnded', yes)
  return () => {
    Reflect.deleteProperty(res, 'writableEnded')
    Reflect.deleteProperty(res, 'headersSent')
    Object.assign(res, { write, flushHeaders, writeHead, setHeader, setHeaders, appendHeader, removeHeader })
    if (res.headersSent) return
    res.statusCode = statusCode
    if (statusMessage !== undefined) res.statusMessage = statusMessage
  }
}
