import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs'

/**
 * What happened, as each process saw it: one JSON object a line, one file a process.
 *
 * FORMAT    A `call` when an operation begins, an `end` with the same `op` when it is answered; a call without an end was in
 *           flight when its process died. Notes and troubles stand alone. `at` is nanoseconds of CLOCK_MONOTONIC, which
 *           all processes of one host share: a smaller `at` was earlier, in whatever process. `wall` is for people.
 * PROMISE   What was written is in the file though the process is killed in the next instant.
 */
export type Line = { at: number; wall: number } & (
  | ({ line: 'call' } & Call)
  | ({ line: 'end'; op: string } & End)
  /** The store's answer to a waiting `op`: somebody else has the lock. `asked` is when the question was sent. */
  | { line: 'look'; op: string; asked: number; holder: string }
  /** The store's answer to `op`: it took the lock from the request `from`. `asked` is when the question was sent. */
  | { line: 'took'; op: string; asked: number; from: string; because: 'broken' | 'lapsed' }
  /** The session that `op` gives a new id is stored under this one from now on, if at all. */
  | { line: 'moved'; op: string; session: string }
  | { line: 'trouble'; name: string; phase: 'begin' | 'end'; loss?: Loss }
  | { line: 'process'; process: string; state: ProcessState }
)

/** `ended` is by itself, when it was asked to; `crashed` is by itself, when nobody asked. */
export type ProcessState = 'born' | 'killed' | 'stopped' | 'continued' | 'ended' | 'crashed'

/** What a fault does to what Redis knows: some keys go, all keys go, or all keys are as they were some time ago. */
export type Loss = 'some' | 'all' | 'rollback'

export type Call = {
  op: string
  process: string
  client: number
  session: string
} /** An `update` opens, changes and commits, and may wait for the lock on its way. */ & (
  | { what: 'open'; access: 'exclusive' | 'readonly' | 'optimistic' | 'update' }
  | ({ what: 'commit' } & Committing)
  | { what: 'release'; grant: string }
  /** `grant` is empty where no open session was used. `moves` where the session lives on under another id. */
  | { what: 'destroy'; grant: string; moves?: true }
)

/** `marker` is put at the end of the list whose last one is `parent`; `depth` markers are in it then, the first is `life`. */
export interface Committing {
  grant: string
  mode: 'exclusive' | 'create' | 'optimistic'
  marker: string
  parent: string
  life: string
  depth: number
  keep: boolean
}

/** The list of markers that was read. `writes` is the store's own count of commits. */
export interface Seen {
  life: string
  last: string
  count: number
  writes: number
  /** It is not a list that anybody wrote. */
  torn?: true
}

export type End =
  | { what: 'open'; outcome: OpenOutcome; seen?: Seen; why?: string }
  | { what: 'commit'; outcome: 'written' | 'refused' | 'unknown'; writes?: number; why?: string }
  | { what: 'release' | 'destroy'; outcome: 'done' | 'unknown'; why?: string }

/** `error` is one that no caller was told to expect. */
export type OpenOutcome =
  | 'granted'
  | 'read'
  | 'missing'
  | 'gave-up'
  | 'busy'
  | 'aborted'
  | 'unavailable'
  | 'error'

type WithoutTime<T> = T extends unknown ? Omit<T, 'at' | 'wall'> : never
export type Entry = WithoutTime<Line>

export interface History {
  write(entry: Entry): void
  close(): void
}

export function now(): number {
  return Number(process.hrtime.bigint())
}

export function stamped(entry: Entry): Line {
  return { at: now(), wall: Date.now(), ...entry } as Line
}

/** Appends to a file, past every buffer of this process. */
export function openHistory(path: string): History {
  const file = openSync(path, 'a')
  return {
    write: entry => void writeSync(file, `${JSON.stringify(stamped(entry))}\n`),
    close: () => closeSync(file),
  }
}

/** A process that was killed in the middle of a line leaves a piece of one, which is passed over. */
export function readHistory(path: string): Line[] {
  if (!existsSync(path)) return []
  const lines: Line[] = []
  for (const text of readFileSync(path, 'utf8').split('\n')) {
    if (!text.endsWith('}')) continue
    try {
      lines.push(JSON.parse(text) as Line)
    } catch {}
  }
  return lines
}
