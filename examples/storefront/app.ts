import express, { type Express, type Request, type Response } from 'express'
import type { Sessions } from 'latchkey'
import { serveAssets } from './assets.ts'
import { devices } from './devices.ts'
import { answerError, answerUnstored, notFound } from './errors.ts'
import { forOperators } from './for-operators.ts'
import { keepNothing, refuseOtherSites, setHeaders } from './guard.ts'
import { race } from './race.ts'
import { onlyLooks, record } from './record.ts'
import type { Rival } from './rival.ts'
import { shop } from './shop.ts'
import { visitorSession } from './visitor-session.ts'

export interface StorefrontOptions {
  readonly sessions: Sessions
  /** What the race compares them with. */
  readonly rival: Rival
  /** Signs the cookies. Processes that share a store must share it. */
  readonly secret: string
  /**
   * The proxies in front, as Express's `trust proxy` takes them: their number, or their addresses. What they say in
   * X-Forwarded-Proto decides whether a visitor came over HTTPS. False (default): there is none.
   */
  readonly trustProxy?: number | string | false
}

export function createStorefront({
  sessions,
  rival,
  secret,
  trustProxy = false,
}: StorefrontOptions): Express {
  const app = express()
  app.disable('x-powered-by')
  app.set('trust proxy', trustProxy)
  app.locals.embedded = sessions.store.kind === 'memory'

  app.use(setHeaders)
  app.use('/static', serveAssets)
  app.use(keepNothing)
  app.use(forOperators(sessions))
  app.use(refuseOtherSites)
  app.use('/race', race({ sessions, rival, secret }))
  // Forms are read before the session is opened: a slow upload must not hold the lock.
  app.use(express.urlencoded({ extended: false }))
  app.use(
    visitorSession({
      sessions,
      secret,
      access: req => (onlyLooks(req) ? 'readonly' : 'exclusive'),
      // Or an open page that polls would keep its session alive for ever.
      keepsAlive: req => !onlyLooks(req),
      onError: (error, req, res) => answerUnstored(error, req as Request, res as Response),
    }),
  )
  app.use(shop())
  app.use(devices(sessions))
  app.use(record(sessions, rival.name))
  app.use(notFound)
  app.use(answerError)
  return app
}
