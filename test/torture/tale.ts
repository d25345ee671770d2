import type { Call, Line, Loss, OpenOutcome, ProcessState, Seen } from './history.ts'

/** Histories made by hand, for the checker's own tests. Times in milliseconds. */
const MS = 1e6
type Stamped = { at: number; wall: number }
const at = (ms: number): Stamped => ({ at: ms * MS, wall: ms })
const SESSION = 'a-session'

interface About {
  process?: string
  session?: string
  /** Its process died before the answer. */
  unanswered?: boolean
}

function who({ process = 'w1', session = SESSION }: About) {
  return { process, client: 1, session }
}

interface Opening extends About {
  access?: 'exclusive' | 'readonly' | 'optimistic'
  outcome?: OpenOutcome
  /** The markers that it read. */
  reads?: string[]
  writes?: number
  torn?: true
  /** When it asked, and was told that it must wait: a number where both are one moment. */
  looks?: (number | { asked: number; at: number })[]
  why?: string
}

/** Granted, unless `over` says otherwise. */
export function open(op: string, from: number, to: number, over: Opening = {}): Line[] {
  const { access = 'exclusive', outcome = 'granted', reads, looks = [], unanswered, why } = over
  const seen = reads && seenOf(reads, over)
  return [
    { ...at(from), line: 'call', what: 'open', op, access, ...who(over) },
    ...looks.map(look => {
      const moment = typeof look === 'number' ? { asked: look, at: look } : look
      return {
        ...at(moment.at),
        line: 'look',
        op,
        asked: moment.asked * MS,
        holder: 'somebody',
      } satisfies Line
    }),
    ...(unanswered
      ? []
      : [
          {
            ...at(to),
            line: 'end',
            what: 'open',
            op,
            outcome,
            ...(seen ? { seen } : {}),
            ...(why ? { why } : {}),
          } satisfies Line,
        ]),
  ]
}

export function read(op: string, from: number, to: number, reads: string[], over: Opening = {}): Line[] {
  return open(op, from, to, { access: 'readonly', outcome: 'read', reads, ...over })
}

function seenOf(reads: string[], { writes = reads.length, torn }: Opening): Seen {
  const seen = { life: reads[0] ?? '', last: reads.at(-1) ?? '', count: reads.length, writes }
  return torn ? { ...seen, torn } : seen
}

interface Committing extends About {
  mode?: 'exclusive' | 'create' | 'optimistic'
  keep?: boolean
  outcome?: 'written' | 'refused' | 'unknown'
  writes?: number
}

/** Commits the last of `markers` behind the others; written, unless `over` says otherwise. */
export function commit(
  grant: string,
  from: number,
  to: number,
  markers: string[],
  over: Committing = {},
): Line[] {
  const { outcome = 'written', keep = false, writes = markers.length, unanswered } = over
  const marker = markers.at(-1) ?? ''
  const mode = over.mode ?? (markers.length === 1 ? 'create' : 'exclusive')
  const parent = markers.at(-2) ?? ''
  const list = { marker, parent, life: markers[0] ?? '', depth: markers.length }
  const call: Call = { what: 'commit', op: marker, grant, mode, keep, ...list, ...who(over) }
  const told = outcome === 'written' ? { outcome, writes } : { outcome, why: 'conflict' }
  return [
    { ...at(from), line: 'call', ...call },
    ...(unanswered ? [] : [{ ...at(to), line: 'end', what: 'commit', op: marker, ...told } satisfies Line]),
  ]
}

export function release(grant: string, from: number, to: number, over: About = {}): Line[] {
  const op = `release of ${grant}`
  return [
    { ...at(from), line: 'call', what: 'release', op, grant, ...who(over) },
    { ...at(to), line: 'end', what: 'release', op, outcome: 'done' },
  ]
}

interface Destroying extends About {
  outcome?: 'done' | 'unknown'
  moves?: true
}

export function destroy(op: string, from: number, to: number, over: Destroying = {}): Line[] {
  const { outcome = 'done', moves } = over
  const how = moves ? { moves } : {}
  return [
    { ...at(from), line: 'call', what: 'destroy', op, grant: '', ...how, ...who(over) },
    ...(over.unanswered ? [] : [{ ...at(to), line: 'end', what: 'destroy', op, outcome } satisfies Line]),
  ]
}

export function took(
  by: string,
  ms: number,
  from: string,
  because: 'broken' | 'lapsed' = 'broken',
  asked = ms,
): Line[] {
  return [{ ...at(ms), line: 'took', op: by, asked: asked * MS, from, because }]
}

export function trouble(name: string, from: number, to: number, loss?: Loss): Line[] {
  return [
    { ...at(from), line: 'trouble', name, phase: 'begin', ...(loss ? { loss } : {}) },
    { ...at(to), line: 'trouble', name, phase: 'end' },
  ]
}

export function killed(process: string, ms: number): Line[] {
  return lived(process, ms, 'killed')
}

export function lived(process: string, ms: number, state: ProcessState): Line[] {
  return [{ ...at(ms), line: 'process', process, state }]
}
