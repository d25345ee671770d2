import type { ServerResponse } from 'node:http'

const inert = {
  write: () => false,
  writeHead(this: ServerResponse) {
    return this
  },
  flushHeaders() {},
}

/**
 * Makes an ended response that has not gone out yet look and stay as an ended one: it says that its headers are sent, and
 * what is done to it (`res.redirect(…); next()`) changes nothing.
 *
 * @returns lets it go, as it was
 */
export function holdBack(res: ServerResponse): () => void {
  const { statusCode, statusMessage } = res
  const begun = res.headersSent
  const headers = begun ? [] : namesOf(res).map(name => [name, res.getHeader(name)] as const)
  const before = new Map(Object.keys(inert).map(name => [name, Object.getOwnPropertyDescriptor(res, name)]))
  for (const [name, value] of Object.entries(inert)) define(res, name, { value, writable: true })
  define(res, 'headersSent', { get: () => true })
  define(res, 'writableEnded', { get: () => true })
  return () => {
    Reflect.deleteProperty(res, 'headersSent')
    Reflect.deleteProperty(res, 'writableEnded')
    for (const [name, own] of before) {
      Reflect.deleteProperty(res, name)
      if (own) Object.defineProperty(res, name, own)
    }
    if (begun || res.headersSent) return
    for (const name of res.getHeaderNames()) res.removeHeader(name)
    for (const [name, value] of headers) if (value !== undefined) res.setHeader(name, value)
    res.statusCode = statusCode
    if (statusMessage !== undefined) res.statusMessage = statusMessage
  }
}

function define(res: ServerResponse, name: string, property: PropertyDescriptor): void {
  Object.defineProperty(res, name, { configurable: true, enumerable: false, ...property })
}

/** As they were written; node:http2 knows them in lower case only. */
function namesOf(res: ServerResponse): string[] {
  return (res as { getRawHeaderNames?: () => string[] }).getRawHeaderNames?.() ?? res.getHeaderNames()
}
