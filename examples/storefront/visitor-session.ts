// The visitor's session: over HTTPS under a name that only this host can set, and only over HTTPS.
import type { NextFunction, Request, Response } from 'express'
import { type ExpressOptions, session } from 'latchkey/express'

const PLAIN = 'sid'
const SECURE = '__Host-sid'

export function visitorSession(options: Omit<ExpressOptions, 'name' | 'cookie'>) {
  const plain = session({ ...options, name: PLAIN })
  const secure = session({ ...options, name: SECURE, cookie: { secure: true } })
  return (req: Request, res: Response, next: NextFunction): void => {
    const middleware = req.secure ? secure : plain
    middleware(req, res, next)
  }
}

/** After a logout: nothing of the visitor stays in the browser. Browsers heed Clear-Site-Data over HTTPS only. */
export function forget(req: Request, res: Response): void {
  res.clearCookie(req.secure ? SECURE : PLAIN, { secure: req.secure })
  if (req.secure) res.set('Clear-Site-Data', '"cookies", "storage"')
}
