import type { Purpose } from '../judge/cost.ts'
import type { Network } from '../judge/request.ts'
import type { Point } from '../judge/threshold.ts'
import type { Machine } from '../machine.ts'
import type { Unavailable } from '../measure/candidates.ts'
import type { Spread } from '../measure/statistics.ts'

/** All that a run found out: what `--json` prints, and what the other reports are drawn from. Bytes and milliseconds. */
export interface Result {
  readonly machine: Machine
  readonly input: InputSummary
  readonly network: Network
  /** What a session in Redis needs beside its payload. */
  readonly recordOverhead: number
  readonly groups: readonly GroupResult[]
  readonly thresholds: readonly ThresholdResult[]
  readonly recommendations: readonly Recommendation[]
  /** One sentence: what compression changes for these sessions. */
  readonly verdict: string
  readonly failed: readonly { name: string; failed: string }[]
  readonly unavailable: readonly Unavailable[]
  readonly warnings: readonly string[]
}

export interface InputSummary {
  readonly source: string
  readonly notes: readonly string[]
  readonly sessions: number
  readonly bytes: number
}

export interface GroupResult {
  readonly name: string
  readonly share: number
  readonly sessions: number
  /** Of a session before compression, the mean. */
  readonly bytes: number
  readonly rows: readonly Row[]
}

export interface Row {
  readonly name: string
  readonly library: string
  readonly level: number | null
  /** Of a session as stored, the mean, with its tag. */
  readonly stored: number
  /** stored / bytes */
  readonly ratio: number
  readonly in: Spread
  readonly out: Spread
  /** How far the rounds lie apart, of their median: 0.1 is ten percent. */
  readonly spread: number
  readonly block: number
  /** Round trips that were timed. The p99 of fewer than 100 is the slowest of them. */
  readonly trips: number
  readonly wire: number
  readonly memory: number
  readonly request: number
}

export interface ThresholdResult {
  readonly name: string
  readonly library: string
  readonly level: number | null
  readonly usual: boolean
  /** Bytes; null where it never pays. */
  readonly from: Readonly<Record<Purpose, number | null>>
  readonly points: readonly Point[]
}

export interface Recommendation {
  readonly purpose: Purpose
  readonly name: string
  readonly reason: string
  readonly config: Readonly<Record<string, string | number | null>>
  /** Of the mix of sessions: milliseconds of a request, bytes of a session in Redis. */
  readonly request: number
  readonly memory: number
}
