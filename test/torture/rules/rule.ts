import type { Loss } from '../history.ts'
import type { Commit, Death, Destroy, Open, Story, Took, Trouble } from '../story.ts'

/** Milliseconds, but for `maxConcurrency`. */
export interface Limits {
  lease: number
  breakAfter: number
  failAfter: number
  /** What answering may take on top of waiting, on a busy machine. */
  slack: number
  /** Effects of a fault are over this long after it was undone. */
  settle: number
  /** Whoever comes by the id that a session had before is still shown what it was then, for as long as this. */
  moved: number
  /** A waiter that is not heard of counts for as long as this. */
  forgotten: number
  maxConcurrency: number
}

/** One key of Redis when everybody is done. */
export interface Resting {
  key: string
  /** Of the record that it belongs to; empty for a key that belongs to none. */
  session: string
  /** Milliseconds; -1 for never. */
  ttl: number
  /** Who has the lock; empty for nobody. */
  holder: string
  /** Whether it says until when it is locked. */
  leased: boolean
  /** The requests that wait. */
  waiters: string[]
  phpWaiters: number
  /** What it holds, for people. */
  fields: Record<string, string>
}
export type AtRest = Resting[]

export interface Violation {
  promise: string
  session: string
  why: string
  /** The fewest operations that prove it, in order, for people. */
  history: string[]
}

export type Found = Omit<Violation, 'promise'>
export type Rule = (story: Story, limits: Limits, rest: AtRest) => Found[]

export const MS = 1e6

type Told = Open | Commit | Destroy | Took | Trouble | (Death & { process: string })

/** Operations as lines of text, in order, in ms since the first of them. Each is told once. */
export function tell(...operations: (Told | undefined)[]): string[] {
  const told = [...new Set(operations)].filter(each => each !== undefined).sort((a, b) => begin(a) - begin(b))
  const zero = told[0] ? begin(told[0]) : 0
  return told.map(each => {
    const to = finish(each)
    const until = to === undefined ? 'never' : to === begin(each) ? '' : ms(to - zero)
    return `${ms(begin(each) - zero).padStart(9)}${until ? ` … ${until}` : ''} ms  ${words(each)}`
  })
}

function begin(told: Told): number {
  return 'call' in told ? told.call : 'at' in told ? told.at : told.from
}

function finish(told: Told): number | undefined {
  return 'call' in told ? told.end : 'at' in told ? told.at : told.to
}

function ms(ns: number): string {
  return Number.isFinite(ns) ? (ns / MS).toFixed(2) : 'the end'
}

function words(told: Told): string {
  if ('by' in told) return `${told.by} takes the lock from ${told.from} (${told.because})`
  if ('how' in told) return `${told.process} ${HOW[told.how]}`
  if ('name' in told) return `trouble: ${told.name}`
  const who = `${told.process} client ${told.client}`
  if ('marker' in told) {
    const version = told.writes === undefined ? '' : ` as version ${told.writes}`
    const on = told.parent === '' ? 'as the first' : `after ${told.parent}`
    const said = `${told.outcome}${version}${told.why ? ` (${told.why})` : ''}`
    return `${who} commits ${told.marker} ${on} [${told.mode}${told.keep ? ', keeps the lock' : ''}] → ${said}`
  }
  if ('access' in told) {
    const { seen } = told
    const read = seen ? `, reads ${seen.count} markers, the last ${seen.last}, version ${seen.writes}` : ''
    return `${who} opens ${told.op} [${told.access}] → ${told.outcome ?? 'no answer'}${read}${told.why ? ` (${told.why})` : ''}`
  }
  return `${who} ${told.moves ? 'gives it another id' : 'destroys'} → ${told.done ? 'done' : 'not known'}`
}

const HOW = { killed: 'is killed', ended: 'ends', crashed: 'ends by itself' }

export function bySession<T extends { session: string }>(all: T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const each of all) {
    const group = groups.get(each.session)
    if (group) group.push(each)
    else groups.set(each.session, [each])
  }
  return groups
}

/** A fault that may have changed what Redis knows, at work between these two moments. */
export function lossBetween({ troubles }: Story, from: number, to: number, kind?: Loss): Trouble | undefined {
  return troubles.find(
    ({ loss, ...at }) => loss !== undefined && (kind ?? loss) === loss && at.from <= to && at.to >= from,
  )
}

export function diedAt({ deaths }: Story, process: string): number {
  return deaths.get(process)?.at ?? Number.POSITIVE_INFINITY
}

/** Whether a fault, or what it left behind, was at work between these two moments. */
export function troubleBetween({ troubles }: Story, from: number, to: number, settle: number): boolean {
  return troubles.some(trouble => trouble.from <= to && trouble.to + settle * MS >= from)
}

/** A destroy that may have happened between these two moments. One without an answer may happen at any time later. */
export function destroyBetween(
  destroys: Destroy[] | undefined,
  from: number,
  to: number,
): Destroy | undefined {
  return destroys?.find(
    ({ call, end, done }) => call <= to && ((done && end) || Number.POSITIVE_INFINITY) >= from,
  )
}
