import type { LockHandle } from '../lock/lock-handle.ts'
import type { Acquisition } from '../lock/locks.ts'
import type { Wait } from '../lock/waiting.ts'
import type { Found, Gone } from '../store.ts'
import { isGone } from '../store.ts'
import type { Mode } from './outcome.ts'
import { refuseSelfWait } from './own-request.ts'
import { unseal } from './pointer.ts'
import type { Identity, Opened, Surroundings } from './surroundings.ts'

/** What a request says about itself. */
export type Opening = Pick<Opened, 'visitor' | 'request' | 'wait'>
export type Read = Omit<Opened, keyof Opening>

/**
 * Reads the session of this id, and takes its lock where the mode asks for it. Undefined where there is none, or none that can be
 * read. A failure of the store is reported.
 *
 * @throws {SessionError} as `Sessions.open`
 */
export async function readSession(
  around: Surroundings,
  identity: Identity,
  mode: Mode,
  opening: Opening,
): Promise<Read | undefined> {
  try {
    let read = await readOnce(around, identity, mode, opening)
    // It may have been rotated again within the grace of this id. Each step has a grace of its own.
    while (read && 'rotatedTo' in read) read = await readOnce(around, read.rotatedTo, mode, opening)
    return read
  } catch (error) {
    around.outage.failed('open', error, { session: identity.hash, request: opening.request })
    throw error
  }
}

/** The lock of a session that is open without it, under the id that it has by now. A session that has ended is missing. */
export async function acquireLate(
  around: Surroundings,
  identity: Identity,
  request: string,
  wait: Wait,
): Promise<{ got: Acquisition; identity: Identity }> {
  for (let at = identity; ; ) {
    const got = await acquireOnce(around, at, request, wait)
    const next = got.outcome === 'gone' ? nextOf(around, at, got) : undefined
    if (!next) return { got, identity: at }
    at = next
  }
}

async function acquireOnce(
  around: Surroundings,
  identity: Identity,
  request: string,
  wait: Wait,
): Promise<Acquisition> {
  const info = { session: identity.hash, request }
  refuseSelfWait(identity.name, request, around)
  const got = await around.locks.upgrade(identity.name, info, wait)
  if (got.outcome !== 'granted') return got
  const ended = await endedUnderLock(around, identity, got.handle, got.found, request)
  return ended ? { outcome: 'missing' } : got
}

/** Where a rotated session goes on. */
interface Rotated {
  rotatedTo: Identity
}

/** The id that the old one of a rotation leads to; undefined after its grace, and for all other tombstones. */
export function nextOf(around: Surroundings, { id }: Identity, { gone, old }: Gone): Identity | undefined {
  const next = gone === 'rotated' && old ? unseal(id, old) : undefined
  return next === undefined ? undefined : around.identity(next)
}

function readOnce(
  around: Surroundings,
  identity: Identity,
  mode: Mode,
  opening: Opening,
): Promise<Read | Rotated | undefined> {
  return mode === 'exclusive' ? locked(around, identity, opening) : unlocked(around, identity, mode, opening)
}

async function unlocked(
  around: Surroundings,
  identity: Identity,
  mode: Mode,
  opening: Opening,
): Promise<Read | Rotated | undefined> {
  const { request } = opening
  const found = await around.store.read(identity.name)
  if (isGone(found)) return over(around, identity, found, opening)
  if (found && (await hasEnded(around, identity, found, request))) return undefined
  const decoded = found && (await around.decode(found, identity, request))
  return found && decoded && { identity, decoded, mode, found, handle: around.handleFor(identity, request) }
}

async function locked(
  around: Surroundings,
  identity: Identity,
  opening: Opening,
): Promise<Read | Rotated | undefined> {
  const { request, wait } = opening
  refuseSelfWait(identity.name, request, around)
  const got = await around.locks.acquire(identity.name, { session: identity.hash, request }, wait)
  if (got.outcome === 'missing') return undefined
  if (got.outcome === 'gone') {
    return got.atOnce ? over(around, identity, got, opening) : waitedInVain(around, identity, got, opening)
  }
  const handle = got.outcome === 'granted' ? got.handle : around.handleFor(identity, request)
  if (got.found && (await endedUnderLock(around, identity, handle, got.found, request))) return undefined
  const decoded = got.found && (await around.decode(got.found, identity, request))
  if (got.found && decoded) {
    const mode = got.outcome === 'granted' ? 'exclusive' : 'gave-up'
    return { identity, decoded, mode, found: got.found, handle }
  }
  // A process that can read this record may still come; it is neither overwritten nor kept alive.
  await around.locks.release(handle)
  return undefined
}

/** The session of a user, all of whose sessions were ended since. Its record is destroyed. */
export async function hasEnded(
  { users }: Surroundings,
  { name, hash }: Identity,
  found: Found,
  request: string,
): Promise<boolean> {
  const lives = users.livesStill(name, found)
  if (lives === true || (await lives)) return false
  await users.ended(name, found, { session: hash, request })
  return true
}

async function endedUnderLock(
  around: Surroundings,
  identity: Identity,
  handle: LockHandle,
  found: Found,
  request: string,
): Promise<boolean> {
  try {
    const ended = await hasEnded(around, identity, found, request)
    // Its record is gone, and the lock with it.
    if (ended) await around.locks.release(handle)
    return ended
  } catch (error) {
    await around.locks.release(handle).catch(() => {})
    throw error
  }
}

/**
 * Under the old id of a login there is nothing to write, and for some seconds something to read. The old id of a rotation leads to
 * the new one during its grace.
 */
async function over(
  around: Surroundings,
  identity: Identity,
  gone: Gone,
  { request }: Opening,
): Promise<Read | Rotated | undefined> {
  if (gone.gone === 'destroyed') return undefined
  if (gone.gone === 'rotated') {
    const rotatedTo = nextOf(around, identity, gone)
    if (rotatedTo) return { rotatedTo }
    around.emit({ event: 'old-id-used', session: identity.hash, request })
    return undefined
  }
  const handle = around.handleFor(identity, request)
  const found = gone.old && { data: gone.old, writes: 0, touches: 0, born: '', created: 0, idAge: 0 }
  const decoded = (found && (await around.decode(found, identity, request))) ?? { data: {} }
  return { identity, decoded, mode: 'moved', handle, found: undefined }
}

/** The session ended while this request waited for it. It gets no other one: its visitor has that from somewhere else. */
async function waitedInVain(
  around: Surroundings,
  identity: Identity,
  gone: Gone,
  opening: Opening,
): Promise<Read | Rotated> {
  const rotatedTo = nextOf(around, identity, gone)
  if (rotatedTo) return { rotatedTo }
  // It came before a rotation: that is no use of an old id.
  const read = gone.gone === 'rotated' ? undefined : await over(around, identity, gone, opening)
  if (read) return read
  const handle = around.handleFor(identity, opening.request)
  return { identity, decoded: { data: {} }, mode: 'ended', handle, found: undefined }
}
