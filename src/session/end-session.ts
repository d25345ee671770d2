import { unseal } from './pointer.ts'
import type { Identity, Surroundings } from './surroundings.ts'

/**
 * Ends the session of this id without waiting for its lock, and takes it out of its user's list. Where a rotation was faster, what
 * it goes on as ends: a logout is final, whatever runs beside it.
 *
 * @returns false if there was none
 */
export async function endSession(around: Surroundings, identity: Identity): Promise<boolean> {
  const { existed, pointer } = await around.users.end(identity.name)
  return existed || endNext(around, identity, pointer)
}

/** The same for what `pointer` of an ended record leads to. */
export async function endNext(
  around: Surroundings,
  { id }: Identity,
  pointer: Buffer | undefined,
): Promise<boolean> {
  const next = pointer && unseal(id, pointer)
  return next !== undefined && endSession(around, around.identity(next))
}
