// Two hundred requests to one session, on Latchkey and on connect-redis: what the lock is for, in numbers.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Request, type RequestHandler, type Response, Router } from 'express'
import type { Sessions } from 'latchkey'
import { session } from 'latchkey/express'
import { HttpError } from './http-error.ts'
import { type Progress, runLane, sessionIdOf } from './race-lane.ts'
import type { Rival } from './rival.ts'

/** Between reading the counter and storing it, in ms. A request that talks to a database takes about as long. */
const WORK = 5

export interface RaceOptions {
  readonly sessions: Sessions
  readonly rival: Rival
  readonly secret: string
}

/** POST / runs the race and tells about it line by line, as JSON; the two counters are at /latchkey and /rival. */
export function race({ sessions, rival, secret }: RaceOptions): Router {
  const router = Router()
  let running = false

  const access = ({ method }: { method?: string | undefined }) =>
    method === 'GET' ? 'readonly' : 'exclusive'
  router.use('/latchkey', session({ sessions, secret, name: 'race_latchkey', access }), counter())
  router.use('/rival', rival.middleware, counter())
  const waitersOf = async (cookie: string) => (await sessions.inspect(sessionIdOf(cookie)))?.waiters ?? 0

  router.post('/', async (req, res) => {
    if (running) throw new HttpError(409, 'A race is running already. Wait for its end.')
    running = true
    const tell = teller(res)
    const gone = new AbortController()
    res.on('close', () => gone.abort())
    try {
      for (const [lane, waiters] of [
        ['latchkey', waitersOf],
        ['rival', undefined],
      ] as const) {
        const result = await runLane({
          url: `${ownAddress(req)}/race/${lane}`,
          waiters,
          tell: progress => tell({ lane, ...progress }),
          signal: gone.signal,
        })
        tell({ lane, result })
      }
    } catch (error) {
      if (!gone.signal.aborted) console.error('POST /race:', error)
      tell({ problem: 'The race could not be finished.' })
    } finally {
      running = false
      res.end()
    }
  })

  return router
}

/** A counter in the session, which is read, worked on for a moment and stored: the same handlers on both. */
function counter(): RequestHandler {
  const router = Router()

  router.get('/count', (req, res) => {
    res.json({ count: req.session.count ?? 0 })
  })
  router.post('/bump', async (req, res) => {
    const before = req.session.count ?? 0
    await sleep(WORK)
    req.session.count = before + 1
    res.json({ count: req.session.count })
  })
  router.post('/end', (req, res, next) => {
    req.session.destroy(error => (error ? next(error) : res.status(204).end()))
  })
  return router
}

function teller(res: Response): (line: Progress | object) => void {
  res.type('application/x-ndjson').set('X-Accel-Buffering', 'no')
  return line => {
    if (!res.writableEnded && !res.destroyed) res.write(`${JSON.stringify(line)}\n`)
  }
}

/** Where this process listens, whatever name the browser or a proxy has for it. */
function ownAddress({ socket }: Request): string {
  const { localAddress = '127.0.0.1', localPort } = socket
  return `http://${localAddress.includes(':') ? `[${localAddress}]` : localAddress}:${localPort}`
}
