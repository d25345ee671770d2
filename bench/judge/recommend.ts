import { type Cost, meanCost, type Purpose, scoreOf } from './cost.ts'
import { isClose, sameTime } from './noise.ts'

/** What sessions are stored with where the configuration says nothing: as in the package's options, which a test holds. */
export const SHIPPED = { library: 'snappy', threshold: 2048 } as const

/** What is known of a candidate when it is judged. */
export interface Judged {
  readonly name: string
  readonly library: string
  readonly level: number | null
  /** For each group, in the same order for all candidates, where sessions of fewer bytes than the threshold stay plain. */
  costs(threshold: number): readonly Cost[]
  /** Bytes from which it pays, for each purpose. */
  readonly from: Readonly<Record<Purpose, number | undefined>>
}

export interface Choice {
  readonly purpose: Purpose
  readonly name: string
  readonly library: string
  readonly level: number | null
  /** Bytes; undefined for plain storage. */
  readonly threshold: number | undefined
  /** Of the mix of sessions, with that threshold. */
  readonly cost: Cost
  readonly plain: Cost
  readonly runnerUp: { readonly name: string; readonly cost: Cost } | undefined
}

/** A difference that the noise may have made is none. Memory has no noise: bytes are counted. */
export function isAsGood(one: Cost, other: Cost, purpose: Purpose): boolean {
  switch (purpose) {
    case 'fastest':
      return sameTime(one, other)
    case 'smallest':
      return isClose(one.memory, other.memory)
    case 'balanced':
      return sameTime(weighed(one), weighed(other))
  }
}

function weighed({ request, requestLow, requestHigh, memory }: Cost) {
  return { request: request * memory, requestLow: requestLow * memory, requestHigh: requestHigh * memory }
}

/** What decides among those that are as good. */
const THEN: Readonly<Record<Purpose, Purpose>> = {
  fastest: 'smallest',
  smallest: 'fastest',
  // Both save as much; the faster one takes less of the processor, too.
  balanced: 'fastest',
}

/**
 * @param plain the candidate that does not compress
 * @param shares how common each group is
 */
export function choose(
  purpose: Purpose,
  plain: Judged,
  candidates: readonly Judged[],
  shares: readonly number[],
): Choice {
  const base = mixOf(plain.costs(0), shares)
  const entries = [
    { judged: plain, threshold: undefined, cost: base },
    ...candidates.flatMap(judged => {
      const threshold = judged.from[purpose]
      return threshold === undefined
        ? []
        : [{ judged, threshold, cost: mixOf(judged.costs(threshold), shares) }]
    }),
  ].map(entry => ({ ...entry, score: scoreOf(entry.cost, purpose) }))
  type Entry = (typeof entries)[number]
  const [best, ...others] = entries.toSorted((a, b) => a.score - b.score) as [Entry, ...Entry[]]
  const then = THEN[purpose]
  const good = [best, ...others].filter(({ cost }) => isAsGood(cost, best.cost, purpose))
  const [second] = good.toSorted((a, b) => scoreOf(a.cost, then) - scoreOf(b.cost, then)) as [Entry]
  // Of those that are equal in both, the one that needs no line in config.json.
  const equal = good.filter(({ cost }) => isAsGood(cost, second.cost, then))
  const chosen = equal.find(({ judged }) => judged.library === SHIPPED.library) ?? second
  // Whatever was passed over is told, and otherwise the best of another library.
  const runnerUp =
    chosen === best ? others.find(({ judged }) => judged.library !== best.judged.library) : best
  const { name, library, level } = chosen.judged
  return {
    purpose,
    name,
    library,
    level,
    threshold: chosen.threshold,
    cost: chosen.cost,
    plain: base,
    runnerUp: runnerUp && { name: runnerUp.judged.name, cost: runnerUp.cost },
  }
}

/** What a mix of groups costs, each as common as its share. */
export function mixOf(costs: readonly Cost[], shares: readonly number[]): Cost {
  return meanCost(shares.map((share, at) => ({ share, cost: costs[at] as Cost })))
}

/** What the choice says in config.json. */
export function configOf({ library, level, threshold }: Choice): Record<string, string | number | null> {
  return {
    compression: library,
    compressionLevel: level,
    ...(threshold === undefined ? {} : { compressionThreshold: threshold }),
  }
}
