import type { Group } from '../input/input.ts'
import { type Random, shuffled } from '../random.ts'

/** Bytes. */
const SMALLEST = 128
const LARGEST = 65_536
/** Sessions cut to each size. */
const EACH = 8

/**
 * The sessions cut to sizes from 128 bytes to 64 KB, each twice the one before: where does compressing begin to pay? The
 * beginning of a session is as varied as a small session, which the mean of a group is not.
 */
export function cutToSizes(groups: readonly Group[], next: Random): Group[] {
  const sessions = shuffled(
    groups.flatMap(group => group.sessions),
    next,
  )
  const sizes: Group[] = []
  for (let size = SMALLEST; size <= LARGEST; size *= 2) {
    const cut = sessions
      .filter(({ length }) => length >= size)
      .slice(0, EACH)
      .map(session => session.subarray(0, size))
    if (cut.length > 0) sizes.push({ name: String(size), share: 0, sessions: cut })
  }
  return sizes
}
