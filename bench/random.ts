export type Random = () => number

/** mulberry32: small, seeded, and good enough for prices and part numbers. */
export function randomFrom(seed: number): Random {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

export function whole(next: Random, below: number): number {
  return Math.floor(next() * below)
}

export function shuffled<T>(list: readonly T[], next: Random): T[] {
  const all = [...list]
  for (let last = all.length - 1; last > 0; last--) {
    const other = whole(next, last + 1)
    const kept = all[last] as T
    all[last] = all[other] as T
    all[other] = kept
  }
  return all
}
