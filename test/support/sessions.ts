import { pino } from 'pino'
import type { OptionsInput, SessionEvent, Sessions } from '../../src/index.ts'
import { createSessions, type Extras } from '../../src/index.ts'

export interface Watched {
  sessions: Sessions
  events: SessionEvent[]
  /** Everything that was logged, one object a line. */
  lines: Record<string, unknown>[]
}

/** Sessions that remember what happened to them. `environment` of this process has no say in `options` of a test. */
export async function watchedSessions(options: OptionsInput, extras: Extras = {}): Promise<Watched> {
  const events: SessionEvent[] = []
  const lines: Record<string, unknown>[] = []
  const logger = pino({ level: 'trace' }, { write: (line: string) => void lines.push(JSON.parse(line)) })
  const sessions = await createSessions(options, {
    logger,
    onEvent: event => void events.push(event),
    ...extras,
  })
  return { sessions, events, lines }
}

/** The id of a new session with this data. */
export async function storedIn(sessions: Sessions, data: object = { n: 0 }): Promise<string> {
  const session = await sessions.open()
  Object.assign(session.data, data)
  await session.commit()
  return session.id
}

export function eventsNamed<Name extends SessionEvent['event']>(
  events: SessionEvent[],
  name: Name,
): Extract<SessionEvent, { event: Name }>[] {
  return events.filter((e): e is Extract<SessionEvent, { event: Name }> => e.event === name)
}

/** Until `condition` holds; fails after `seconds`. For what no event tells: a server's or another process's state. */
export async function eventually(condition: () => boolean | Promise<boolean>, seconds = 10): Promise<void> {
  const end = performance.now() + seconds * 1000
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`not so within ${seconds} s: ${condition}`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

/** Until the server has refused these sessions, which may take longer than one request waits: from then on errors say why. */
export async function refused({ sessions, events }: Watched): Promise<void> {
  await eventually(async () => {
    await sessions.ping().catch(() => {})
    return eventsNamed(events, 'store-down').length > 0
  })
}

/**
 * Fails unless `work` ends before a timer rings that is set with it. A process that gets no time of its machine is late for
 * both alike, and what has arrived when it rings is heard first.
 */
export async function endsWithin<T>(ms: number, work: Promise<T>): Promise<T> {
  let rang = false
  const timer = setTimeout(() => setImmediate(() => { rang = true }), ms) // biome-ignore format: one step
  await work.catch(() => {})
  clearTimeout(timer)
  if (rang) throw new Error(`not ended within ${ms} ms`)
  return work
}

export const HUMAN = 'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0'
