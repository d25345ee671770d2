// Visitors who count, from several processes, while something happens to Redis; and what became of their counts.
import { expect } from '@jest/globals'
import { createSessions, type OptionsInput, type SessionEvent, type Sessions } from '../../../src/index.ts'
import { storedIn } from '../../support/sessions.ts'
import { Milestones } from './milestones.ts'

export interface Tally {
  /** By session: commits that were answered "written". */
  readonly written: Map<string, number>
  /** By session: commits that failed without telling whether they were written. */
  readonly unknown: Map<string, number>
  /** Commits that were refused, by reason. */
  readonly refused: Record<string, number>
  /** Errors, by code and what Redis said. */
  readonly errors: Record<string, number>
  /** Milliseconds of the longest request, its wait for the lock included. */
  slowest: number
  /** Milliseconds of the longest commit, which waits for nobody. */
  slowestCommit: number
  /** Milliseconds from the first failed request to the next one that succeeded, the longest. */
  outage: number
}

export interface Load {
  readonly tally: Tally
  readonly events: SessionEvent[]
  readonly sessions: Sessions[]
  readonly ids: string[]
  /** Resolves after this many more requests have been answered "written". */
  goesOn(requests: number): Promise<void>
  stop(): Promise<void>
}

/** `lanes` visitors a session, spread over `handlers` handlers, each with connections and a token of its own. */
export async function startLoad(
  options: OptionsInput,
  { handlers = 2, sessions = 6, lanes = 2 } = {},
): Promise<Load> {
  const events: SessionEvent[] = []
  const opened = Array.from({ length: handlers }, () =>
    createSessions({ logLevel: 'silent', ...options }, { onEvent: event => void events.push(event) }),
  )
  const tally: Tally = {
    written: new Map(),
    unknown: new Map(),
    refused: {},
    errors: {},
    slowest: 0,
    slowestCommit: 0,
    outage: 0,
  }
  const ids = await Promise.all(Array.from({ length: sessions }, () => storedIn(opened[0] as Sessions)))
  for (const id of ids) {
    tally.written.set(id, 0)
    tally.unknown.set(id, 0)
  }
  let stopped = false
  const milestones = new Milestones()
  let failingSince: number | undefined
  const wrote = (id: string) => {
    milestones.count()
    tally.written.set(id, (tally.written.get(id) ?? 0) + 1)
    if (failingSince !== undefined) tally.outage = Math.max(tally.outage, performance.now() - failingSince)
    failingSince = undefined
  }
  const lane = async (handler: Sessions, id: string) => {
    while (!stopped) {
      const started = performance.now()
      let committing: number | undefined
      try {
        const session = await handler.open(id, { request: 'POST shop.example/count' })
        session.data.n = Number(session.data.n ?? 0) + 1
        committing = performance.now()
        const outcome = await session.commit()
        if (outcome.written) wrote(id)
        else tally.refused[outcome.reason] = (tally.refused[outcome.reason] ?? 0) + 1
      } catch (error) {
        failingSince ??= performance.now()
        if (committing !== undefined) tally.unknown.set(id, (tally.unknown.get(id) ?? 0) + 1)
        const said = `${(error as { code?: string }).code}: ${(error as Error).message.replace(/\d{4,}/g, '…')}`
        tally.errors[said] = (tally.errors[said] ?? 0) + 1
        // As a visitor would, who tries again.
        await new Promise(resolve => setTimeout(resolve, 20))
      }
      if (committing !== undefined) {
        tally.slowestCommit = Math.max(tally.slowestCommit, performance.now() - committing)
      }
      tally.slowest = Math.max(tally.slowest, performance.now() - started)
    }
  }
  const running = ids.flatMap((id, s) =>
    Array.from({ length: lanes }, (_, i) => lane(opened[(s + i) % handlers] as Sessions, id)),
  )
  return {
    tally,
    events,
    sessions: opened,
    ids,
    goesOn: requests => milestones.more(requests),
    async stop() {
      stopped = true
      await Promise.all(running)
      await Promise.all(opened.map(handler => handler.close({ grace: 0 })))
    },
  }
}

export interface Judged {
  /** Counts that were answered "written" and are not there. */
  lost: number
  /** Counts that are there beyond those, and beyond those whose answer never came. */
  tooMany: number
  /** Sessions that are not there at all. */
  gone: number
}

/** Compares what was told with what is stored, by a handler that has no part in the load. */
export async function judge({ tally, ids }: Load, options: OptionsInput): Promise<Judged> {
  const judge = await createSessions({ logLevel: 'silent', ...options })
  const judged: Judged = { lost: 0, tooMany: 0, gone: 0 }
  for (const id of ids) {
    const { isNew, data } = await judge.open(id, { access: 'readonly' })
    const stored = isNew ? 0 : Number(data.n)
    const [written = 0, unknown = 0] = [tally.written.get(id), tally.unknown.get(id)]
    if (isNew) judged.gone += 1
    judged.lost += Math.max(written - stored, 0)
    judged.tooMany += Math.max(stored - written - unknown, 0)
  }
  await judge.close({ grace: 0 })
  return judged
}

/** One line of figures, for who reads the test's output. */
export function show(what: string, { tally, ids }: Load, judged: Judged): void {
  const sum = (of: Map<string, number>) => [...of.values()].reduce((a, b) => a + b, 0)
  const { written, unknown, refused, errors, slowest, slowestCommit, outage } = tally
  const figures = {
    sessions: ids.length,
    written: sum(written),
    unknown: sum(unknown),
    refused,
    errors,
    slowest: Math.round(slowest),
    slowestCommit: Math.round(slowestCommit),
    outage: Math.round(outage),
    ...judged,
  }
  process.stderr.write(`${what}: ${JSON.stringify(figures)}\n`)
}

/** Milliseconds: `commandTimeout`, and what a busy machine may add. */
export const PATIENCE = 900 + 600
/** Seconds, for `lease`. */
export const LEASE = 2

/** Every request was answered in time, with its session or with 503; nobody waited for more than one lease; nothing was counted twice. */
export function expectSurvived({ tally }: Load, { tooMany }: Judged): void {
  const unexpected = Object.keys(tally.errors).filter(error => !error.startsWith('STORE_UNAVAILABLE: '))
  expect({ unexpected, tooMany }).toEqual({ unexpected: [], tooMany: 0 })
  expect(tally.slowestCommit).toBeLessThan(PATIENCE)
  expect(tally.slowest).toBeLessThan(LEASE * 1000 + 3 * PATIENCE)
}
