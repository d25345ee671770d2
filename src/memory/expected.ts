import { isCommitOf } from '../commit-id.ts'
import type { Destroyed, Expected, Gone, NotAsExpected } from '../store.ts'
import { nonceOf } from './locks.ts'
import type { MemoryLock, MemoryRecord, MemorySpace } from './space.ts'

/** Why a record is not to be ended, where it is not as the request knows it. As in destroy.lua. */
export function notAsExpected(
  space: MemorySpace,
  record: MemoryRecord | undefined,
  gone: Gone | undefined,
  token: string,
  { mode, base, born, claims }: Expected,
): Destroyed | undefined {
  if (!record) return { existed: false, refused: gone && gone.gone !== 'destroyed' ? 'moved' : 'destroyed' }
  const { lock, writes } = record
  const refuse = (refused: NotAsExpected, holder = space.holder(record)): Destroyed =>
    holder && holder.token !== token ? { existed: false, refused, holder } : { existed: false, refused }
  if (mode === 'exclusive' && lock?.token === token) {
    if (born !== '' && record.born !== born) return refuse('destroyed')
    return claims && writes !== base && !wroteLast(record, token) ? refuse('lock-lost') : undefined
  }
  if (record.born !== born && (born !== '' || writes === base)) return refuse('destroyed')
  if (mode === 'exclusive') return refuse('lock-lost', space.taker(record, token))
  if (mode === 'unlocked') return undefined
  const held = lock?.token !== token && isInTheWay(space, lock, token)
  return held || writes !== base ? refuse('conflict') : undefined
}

/** Whether the version of now is this token's own work. */
export function wroteLast({ ids }: MemoryRecord, token: string): boolean {
  return isCommitOf(ids[0], token)
}

/** Whether this lock keeps an optimistic step of this token from being done. */
export function isInTheWay(space: MemorySpace, lock: MemoryLock | undefined, token: string): boolean {
  if (!lock) return false
  return lock.lease > space.now() || (lock.token !== token && nonceOf(lock.token) === nonceOf(token))
}
