import { isDeepStrictEqual } from 'node:util'
import type { Data } from '../../codec/json.ts'
import { createOwner } from '../../lock/owner.ts'
import { isWellFormed, recordName } from '../../session-id.ts'
import { isGone } from '../../store.ts'
import type { Desk } from '../desk.ts'
import { type Foreign, parsed } from './source.ts'

/**
 * `converted` written, and read back as it was · `already` there was one of this id: an earlier run, or a visitor, was faster ·
 * `expired` its time is over · `unreadable` it is no JSON object · `malformed` no session can have this id · `tooLarge` over
 * maxSize · `differs` what was read back is not what was written
 */
export type Converted =
  | 'converted'
  | 'already'
  | 'expired'
  | 'unreadable'
  | 'malformed'
  | 'tooLarge'
  | 'differs'

const LEASE_MS = 10_000

/** Makes records of foreign sessions. What they were made of stays where it is. */
export function converter(
  { options, store, codec }: Desk,
  dryRun: boolean,
): (one: Foreign) => Promise<Converted> {
  const owner = createOwner()
  return async ({ id, json, ttl = options.lifetime * 1000 }) => {
    if (!isWellFormed(id, options.naming)) return 'malformed'
    if (ttl <= 0) return 'expired'
    const data = json === undefined ? undefined : parsed(json)
    if (typeof data !== 'object' || data === null || Array.isArray(data)) return 'unreadable'
    const name = recordName(id, options.naming)
    const encoded = await codec.encode(data as Data, name)
    if ('refused' in encoded) return 'tooLarge'
    if (dryRun) return (await store.read(name)) === undefined ? 'converted' : 'already'
    const written = await store.commit(name, {
      token: owner.token(),
      request: 'latchkey migrate',
      mode: 'create',
      base: 0,
      born: '',
      number: 1,
      data: encoded.payload,
      ttl: Math.min(ttl, options.maxLifetime * 1000),
      absolute: options.absoluteLifetime * 1000,
      created: 0,
      keep: false,
      lease: LEASE_MS,
      grant: LEASE_MS,
    })
    if (written.outcome === 'refused') return 'already'
    const found = await store.read(name)
    // A visitor may have ended it in between, or changed it: then the conversion worked.
    if (!found || isGone(found) || found.writes > 1 || !found.data) return 'converted'
    return isDeepStrictEqual(await codec.decode(found.data, name), data) ? 'converted' : 'differs'
  }
}
