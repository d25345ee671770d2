import type { Group } from './input.ts'

/** Bytes, exclusive upper ends. A band is wide enough to fill, and narrow enough for one figure to stand for it. */
const BANDS = [
  { name: 'under 1 KB', below: 1024 },
  { name: '1 to 4 KB', below: 4096 },
  { name: '4 to 16 KB', below: 16_384 },
  { name: '16 to 64 KB', below: 65_536 },
  { name: '64 KB and more', below: Number.POSITIVE_INFINITY },
] as const

/** Somebody's own sessions by size; the share of a band is its share of the sessions. */
export function banded(sessions: readonly Buffer[]): Group[] {
  return BANDS.map(({ name, below }, at) => {
    const from = BANDS[at - 1]?.below ?? 0
    const inside = sessions.filter(({ length }) => length >= from && length < below)
    return { name, share: inside.length / sessions.length, sessions: inside }
  }).filter(group => group.sessions.length > 0)
}
