// What the programs of an operator ask for. Let the proxy in front keep both addresses to itself.
import { Router } from 'express'
import type { SessionEvent, Sessions } from 'latchkey'

/** How often each event has happened in this process. `count` is for the option `onEvent`. */
export class EventCounts {
  readonly #counts = new Map<string, number>()

  readonly count = ({ event }: SessionEvent): void => {
    this.#counts.set(event, (this.#counts.get(event) ?? 0) + 1)
  }

  /** As Prometheus reads it. */
  toString(): string {
    const lines = [...this.#counts].map(
      ([event, times]) => `shop_session_events_total{event="${event}"} ${times}`,
    )
    return ['# TYPE shop_session_events_total counter', ...lines, ''].join('\n')
  }
}

/** No session is opened here: GET /healthz must be answered when Redis is away. */
export function forOperators(sessions: Sessions, counts: EventCounts): Router {
  const router = Router()

  router.get('/healthz', async (_req, res) => {
    const { status, ...health } = await healthOf(sessions)
    res.status(status).json(health)
  })

  router.get('/metrics', (_req, res) => {
    res.type('text/plain; version=0.0.4').send(counts.toString())
  })

  return router
}

async function healthOf(sessions: Sessions): Promise<{ status: number; sessions: string }> {
  try {
    await sessions.ping()
    return { status: 200, sessions: 'ok' }
  } catch {
    // Why is in the log: this answer is for anybody.
    return { status: 503, sessions: 'unavailable' }
  }
}
