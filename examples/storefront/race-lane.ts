// One lane of the race: a fresh session, many requests at once, and the reckoning.
import { setTimeout as sleep } from 'node:timers/promises'

export const REQUESTS = 200
export const CONCURRENCY = 50
/** How often a race tells of itself, in ms. */
const TELL_EVERY = 100

export interface Progress {
  readonly done: number
  readonly requests: number
  /** Requests that wait for the session; undefined where there is no lock to wait for. */
  readonly waiters: number | undefined
}

export interface LaneResult {
  /** The counter before the race, and after it. */
  readonly start: number
  readonly end: number
  readonly requests: number
  /** Requests that were told 200, and those that were told anything else. */
  readonly answered: number
  readonly refused: number
  /** Requests that were told 200 and are not in the counter. */
  readonly lost: number
  readonly mostWaiters: number | undefined
  /** All in ms. */
  readonly took: number
  readonly latency: { readonly median: number; readonly p95: number; readonly max: number }
}

export interface LaneOptions {
  /** Of the counter. */
  readonly url: string
  /** Counts them, for the session of this cookie. */
  readonly waiters: ((cookie: string) => Promise<number>) | undefined
  readonly tell: (progress: Progress) => void
  readonly signal: AbortSignal
}

export async function runLane({ url, waiters, tell, signal }: LaneOptions): Promise<LaneResult> {
  const first = await fetch(`${url}/bump`, { method: 'POST', signal })
  const { count: start } = (await first.json()) as { count: number }
  const cookie = cookieOf(first)
  const headers = { cookie }

  const latencies: number[] = []
  const over = new AbortController()
  let sent = 0
  let answered = 0
  const visitor = async () => {
    while (sent < REQUESTS) {
      sent += 1
      const began = performance.now()
      const answer = await fetch(`${url}/bump`, { method: 'POST', headers, signal })
      await answer.arrayBuffer()
      latencies.push(performance.now() - began)
      if (answer.ok) answered += 1
    }
  }

  let mostWaiters: number | undefined
  const watch = async () => {
    while (!over.signal.aborted) {
      const waiting = await waiters?.(cookie)
      if (waiting !== undefined) mostWaiters = Math.max(mostWaiters ?? 0, waiting)
      tell({ done: latencies.length, requests: REQUESTS, waiters: waiting })
      await sleep(TELL_EVERY, undefined, { signal: over.signal }).catch(() => {})
    }
  }

  const began = performance.now()
  const visitors = Promise.all(Array.from({ length: CONCURRENCY }, visitor))
    .then(() => performance.now() - began)
    .finally(() => over.abort())
  const [took] = await Promise.all([visitors, watch()])

  const { count: end } = (await (await fetch(`${url}/count`, { headers, signal })).json()) as {
    count: number
  }
  await fetch(`${url}/end`, { method: 'POST', headers, signal })
  const lost = start + answered - end
  const refused = REQUESTS - answered
  return {
    start,
    end,
    requests: REQUESTS,
    answered,
    refused,
    lost,
    mostWaiters,
    took,
    latency: summary(latencies),
  }
}

function summary(latencies: number[]): LaneResult['latency'] {
  const sorted = latencies.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return { median: at(0.5), p95: at(0.95), max: at(1) }
}

function cookieOf(answer: Response): string {
  return answer.headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

/** express-session's cookie is `name=s:<id>.<signature>`, percent-encoded. */
export function sessionIdOf(cookie: string): string {
  const signed = decodeURIComponent(cookie.slice(cookie.indexOf('=') + 1))
  return signed.slice(2, signed.lastIndexOf('.'))
}
