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
  /** null where it is not told (no right to INFO). */
  readonly version: string | null
  /** Milliseconds of a round trip, the median of many, and Mbit/s of a large transfer; undefined without a right to PING. */
  readonly network: { readonly rtt: number; readonly mbit: number } | undefined
  /** Bytes that a record needs in Redis beside its payload; undefined where MEMORY USAGE is not permitted. */
  readonly overhead: number | undefined
}

/** Bytes of sessions that are held and measured: what keeps time and memory within bounds. */
export const BUDGET = 24 * 2 ** 20
/**
 * Bytes of one session that are measured: what maxSize allows by default. lz4-napi and snappy keep what they allocated on other
 * threads, hundreds of times the size of a session: sessions of 8 MB were seen to take 1.7 GB.
 */
export const LARGEST = 2 ** 20
