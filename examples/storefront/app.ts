import express, { type Express, type Request, type Response } from 'express'
import type { Sessions } from 'latchkey'
import { session } from 'latchkey/express'
import { serveAssets } from './assets.ts'
import { answerError, answerUnstored, notFound } from './errors.ts'
import { keepNothing, refuseOtherSites, setHeaders } from './guard.ts'
import { race } from './race.ts'
import { onlyLooks, record } from './record.ts'
import { COOKIE, shop } from './shop.ts'

export interface StorefrontOptions {
  readonly sessions: Sessions
  /** The same handler without its lock, under a prefix of its own, for the race to compare. */
  readonly unlocked: Sessions
  /** Signs the cookies. Processes that share a store must share it. */
  readonly secret: string
  /** The sessions live in this process: every page says so. */
  readonly embedded: boolean
}

export function createStorefront({ sessions, unlocked, secret, embedded }: StorefrontOptions): Express {
  const app = express()
  app.disable('x-powered-by')
  app.locals.embedded = embedded

  app.use(setHeaders)
  app.use('/static', serveAssets)
  app.use(keepNothing)
  app.use(refuseOtherSites)
  app.use('/race', race({ sessions, unlocked, secret }))
  // Forms are read before the session is opened: a slow upload must not hold the lock.
  app.use(express.urlencoded({ extended: false }))
  app.use(
    session({
      sessions,
      secret,
      name: COOKIE,
      access: req => (onlyLooks(req as Request) ? 'readonly' : 'exclusive'),
      // Or an open page that polls would keep its session alive for ever.
      keepsAlive: req => !onlyLooks(req as Request),
      onError: (error, req, res) => answerUnstored(error, req as Request, res as Response),
    }),
  )
  app.use(shop())
  app.use(record(sessions))
  app.use(notFound)
  app.use(answerError)
  return app
}
