import type { Measured } from '../measure/measure.ts'
import { mean, type Spread } from '../measure/statistics.ts'
import { memoryOf } from './memory.ts'
import { type Network, requestTime, wireOf } from './request.ts'

/** What follows from a measurement. */
export interface Cost {
  /** Bytes on the wire, of a request. */
  readonly wire: number
  /** Bytes in Redis, of a session. */
  readonly memory: number
  /** Milliseconds, of a request. */
  readonly request: number
  /** The same with the times of the best and the worst rounds. */
  readonly requestLow: number
  readonly requestHigh: number
}

export interface World {
  readonly network: Network
  /** Bytes of a record beside its payload, where a real server was asked. */
  readonly overhead: number | undefined
}

type Figures = Pick<Measured, 'stored' | 'sizes' | 'in' | 'out'>

/**
 * The figures where sessions smaller than the threshold are stored as they are, as they would be in the shop.
 *
 * @param lengths of the sessions in bytes, in the order of the sizes
 */
export function withThreshold(figures: Figures, lengths: readonly number[], threshold: number): Figures {
  const small = (at: number) => (lengths[at] ?? 0) < threshold
  const sizes = figures.sizes.map((size, at) => (small(at) ? (lengths[at] ?? 0) : size))
  // Within a group, the time of a session goes with its bytes.
  const work = mean(lengths.map((length, at) => (small(at) ? 0 : length))) / mean(lengths)
  const less = ({ p50, p99, low, high }: Spread): Spread => ({
    ...{ p50: p50 * work, p99: p99 * work },
    ...{ low: low * work, high: high * work },
  })
  return { stored: mean(sizes), sizes, in: less(figures.in), out: less(figures.out) }
}

export function costOf({ stored, sizes, in: into, out }: Figures, world: World): Cost {
  const request = (work: number) => requestTime(stored, work, world.network)
  return {
    wire: wireOf(stored),
    memory: mean(sizes.map(size => memoryOf(size, world.overhead))),
    request: request(into.p50 + out.p50),
    requestLow: request(into.low + out.low),
    requestHigh: request(into.high + out.high),
  }
}

export function meanCost(parts: readonly { share: number; cost: Cost }[]): Cost {
  const weighted = (of: (cost: Cost) => number) =>
    parts.reduce((sum, { share, cost }) => sum + share * of(cost), 0)
  return {
    wire: weighted(cost => cost.wire),
    memory: weighted(cost => cost.memory),
    request: weighted(cost => cost.request),
    requestLow: weighted(cost => cost.requestLow),
    requestHigh: weighted(cost => cost.requestHigh),
  }
}

export const PURPOSES = ['fastest', 'smallest', 'balanced'] as const
export type Purpose = (typeof PURPOSES)[number]

/**
 * Less is better. Balanced is the product: a percent of a request's time is worth a percent of memory, whatever the units,
 * and where the round trips cost most anyway, memory counts for more.
 */
export function scoreOf({ request, memory }: Pick<Cost, 'request' | 'memory'>, purpose: Purpose): number {
  switch (purpose) {
    case 'fastest':
      return request
    case 'smallest':
      return memory
    case 'balanced':
      return request * memory
  }
}
