import type { Connection } from './connection.ts'
import { endsAt, isOurs, patternOf, USER_INDEX } from './record.ts'
import { pagesOfKeys } from './scan.ts'
import type { Client } from './scripts.ts'

/**
 * The keys of all sessions under a prefix, without a lock and without a snapshot: each that stays is named at least once.
 *
 * @param time the server's, in ms
 */
export async function* sessionKeys(
  client: Client,
  connection: Connection,
  prefix: string,
  time: () => Promise<number>,
): AsyncIterable<string> {
  for await (const page of pagesOfKeys(client, connection, patternOf(prefix), PAGE)) {
    const keys = page.filter(key => !key.startsWith(`${prefix}${USER_INDEX}`))
    // The node may hold a key of a slot that is moving, and say MOVED when asked for it: a cluster's client knows the way.
    const ends = await connection.send(c => Promise.all(keys.map(key => endOf(c, key))))
    // Another program may have raised the TTL of one that has ended.
    const now = ends.some(end => end > 0) ? await time() : 0
    for (const [n, key] of keys.entries()) {
      const end = ends[n] ?? NO_SESSION
      if (end === 0 || end > now) yield key
    }
  }
}

/** Keys of one SCAN. */
const PAGE = 500
const NO_SESSION = -1

/** When a session ends, as `endsAt`. A tombstone, another program's key and one that is not there any more are no session. */
async function endOf(client: Client, key: string): Promise<number> {
  try {
    const [tombstone, token, ...own] = await client.hmget(key, 'gone', 'pid', 'lock', 'writes', 'state')
    if (tombstone === null ? own.some(field => field !== null) : isOurs(token ?? ''))
      return tombstone === null ? endsAt(own[2] ?? '') : NO_SESSION
    return (await client.hexists(key, 'data')) === 1 ? 0 : NO_SESSION
  } catch (error) {
    if (/WRONGTYPE/.test(String(error))) return NO_SESSION
    throw error
  }
}

/** A key that holds an id, for messages: so much of it that the key can be found, and too little to take the session over. */
export function withoutId(key: string, prefix: string): string {
  const name = key.slice(prefix.length)
  return `${prefix}${name.slice(0, Math.min(10, Math.floor(name.length / 3)))}…`
}
