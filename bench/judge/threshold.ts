import { type Purpose, scoreOf } from './cost.ts'

/** The cost at one size of session, compressed and not. */
export interface Point {
  /** Bytes. */
  readonly size: number
  readonly compressed: { readonly request: number; readonly memory: number }
  readonly plain: { readonly request: number; readonly memory: number }
}

/**
 * The size from which compressing pays: the smallest measured one from which on, at it and at every larger one, the
 * score is better than that of plain storage. undefined where it never pays.
 */
export function paysFrom(points: readonly Point[], purpose: Purpose): number | undefined {
  const largestFirst = [...points].sort((a, b) => b.size - a.size)
  let from: number | undefined
  for (const { size, compressed, plain } of largestFirst) {
    if (scoreOf(compressed, purpose) >= scoreOf(plain, purpose)) break
    from = size
  }
  return from
}
