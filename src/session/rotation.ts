/** How `Session.rotate` gives a session a new id. */
export interface RotateOptions {
  /** Seconds that the old id leads to the new one; 30 by default, and 0 for not at all. A day at most. */
  grace?: number | undefined
  /** The new id, of the caller's own making; a random one by default. */
  id?: string | undefined
}

const MOST_GRACE = 86_400

/**
 * In milliseconds.
 *
 * @throws {RangeError} for a grace that is no number from 0 on, or more than a day
 */
export function graceOf({ grace = 30 }: RotateOptions): number {
  if (grace >= 0 && grace <= MOST_GRACE) return grace * 1000
  throw new RangeError(`grace: expected 0 to ${MOST_GRACE} seconds, got ${grace}`)
}
