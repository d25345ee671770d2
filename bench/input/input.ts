/** Sessions that are alike in size, measured together. */
export interface Group {
  readonly name: string
  /** How common such sessions are; all groups together make 1. */
  readonly share: number
  readonly sessions: readonly Buffer[]
}

export interface Input {
  /** For people, without an id or content. */
  readonly source: string
  readonly groups: readonly Group[]
  /** What was left out, and why: sentences. */
  readonly notes: readonly string[]
  /** What the real server says of itself, where there is one. */
  readonly server?: Server
}

export interface Server {
  readonly version: string
  /** Milliseconds of a round trip, the median of many. */
  readonly rtt: number
  /** Mbit/s of a large transfer. */
  readonly mbit: number
  /** Bytes that a record needs in Redis beside its payload; undefined where MEMORY USAGE is not permitted. */
  readonly overhead: number | undefined
}

/** Bytes of sessions that are held and measured: what keeps time and memory within bounds. */
export const BUDGET = 24 * 2 ** 20
/** Bytes of one session that are measured. */
export const LARGEST = 8 * 2 ** 20
