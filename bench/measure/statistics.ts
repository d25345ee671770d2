/** What the rounds say of one figure. */
export interface Spread {
  readonly p50: number
  readonly p99: number
  /** The lowest and the highest of the rounds' medians, without the outermost where there are enough rounds. */
  readonly low: number
  readonly high: number
}

const ENOUGH_TO_TRIM = 5

/** @param rounds samples of each round that has any */
export function spreadOf(rounds: readonly (readonly number[])[]): Spread {
  const filled = rounds.filter(round => round.length > 0)
  const all = ascending(filled.flat())
  const medians = ascending(filled.map(round => percentile(ascending(round), 0.5)))
  const inner = medians.length >= ENOUGH_TO_TRIM ? medians.slice(1, -1) : medians
  return {
    p50: percentile(all, 0.5),
    p99: percentile(all, 0.99),
    low: inner[0] ?? 0,
    high: inner.at(-1) ?? 0,
  }
}

/** @param sorted ascending; 0 of nothing */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1))] ?? 0
}

export function ascending(numbers: readonly number[]): number[] {
  return [...numbers].sort((a, b) => a - b)
}

export function median(numbers: readonly number[]): number {
  return percentile(ascending(numbers), 0.5)
}

export function mean(numbers: readonly number[]): number {
  return numbers.length === 0 ? 0 : numbers.reduce((sum, number) => sum + number, 0) / numbers.length
}

/** The order in a round: each goes first once, and every other round runs backwards, so that drift evens out. */
export function inTurn<T>(all: readonly T[], round: number): T[] {
  const shift = all.length === 0 ? 0 : round % all.length
  const turned = [...all.slice(shift), ...all.slice(0, shift)]
  return round % 2 === 0 ? turned : turned.reverse()
}
