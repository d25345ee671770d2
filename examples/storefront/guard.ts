// What every answer carries, and which requests are turned away at the door.
import type { NextFunction, Request, Response } from 'express'
import { HttpError } from './http-error.ts'

const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Seconds, for a shop that has come to stay on HTTPS: a year. */
const HSTS = 'max-age=31536000'

export function setHeaders(req: Request, res: Response, next: NextFunction): void {
  res.set({
    'Content-Security-Policy': POLICY,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'same-origin',
  })
  if (req.secure) res.set('Strict-Transport-Security', HSTS)
  next()
}

/** Pages are one visitor's own, and different after every click. */
export function keepNothing(_req: Request, res: Response, next: NextFunction): void {
  res.set('Cache-Control', 'no-store')
  next()
}

const READS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Another site cannot post on a visitor's behalf: browsers say where a request comes from, in Sec-Fetch-Site, or, the
 * older ones, in Origin. A client that sends neither is no browser and carries nobody's cookies.
 */
export function refuseOtherSites(req: Request, _res: Response, next: NextFunction): void {
  if (!READS.has(req.method) && !isOwn(req)) {
    throw new HttpError(403, 'This form was sent from another site, so the shop does not accept it.')
  }
  next()
}

function isOwn(req: Request): boolean {
  const site = req.get('Sec-Fetch-Site')
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  const origin = req.get('Origin')
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === req.host)
}
