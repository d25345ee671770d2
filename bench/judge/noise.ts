import { ascending, percentile } from '../measure/statistics.ts'

/** A range of rounds: of the times of one candidate. */
export interface Rounds {
  readonly name: string
  readonly library: string
  readonly low: number
  readonly high: number
}

/** Two of them cannot be told apart when their rounds overlap: which one is faster depended on the round. */
export function alike(all: readonly Rounds[]): [Rounds, Rounds][] {
  return all.flatMap((one, at) =>
    all
      .slice(at + 1)
      .filter(other => other.library !== one.library && one.low <= other.high && other.low <= one.high)
      .map((other): [Rounds, Rounds] => [one, other]),
  )
}

/** The time of a request: of the best rounds, of the worst, and the median of all. Milliseconds. */
export interface Times {
  readonly request: number
  readonly requestLow: number
  readonly requestHigh: number
}

/** What a run and its repetition may differ by, as a share. */
export const REPETITION = 0.01

/** The difference is below the noise: the rounds overlap, or the medians lie within a percent. */
export function sameTime(one: Times, other: Times): boolean {
  const overlap = one.requestLow <= other.requestHigh && other.requestLow <= one.requestHigh
  return overlap || isClose(one.request, other.request)
}

export function isClose(one: number, other: number): boolean {
  return Math.abs(one - other) <= REPETITION * Math.min(one, other)
}

/** How far the rounds of a figure lie apart, of its median: 0.1 for ten percent. */
export function spreadShare({ p50, low, high }: { p50: number; low: number; high: number }): number {
  return p50 > 0 ? (high - low) / p50 : 0
}

/** A share above which the machine was too busy to trust small differences. */
export const NOISY = 0.25

/** What three quarters of the figures of a group stay below. One group may be disturbed alone: each takes its own seconds. */
export function noiseOf(shares: readonly number[]): number {
  return percentile(ascending(shares), 0.75)
}
