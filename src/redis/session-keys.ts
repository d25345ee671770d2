import type { Redis } from 'ioredis'
import { isCluster } from './client.ts'
import type { Connection } from './connection.ts'
import { isOurs, patternOf } from './record.ts'
import type { Client } from './scripts.ts'

/** The keys of all sessions under a prefix, without a lock and without a snapshot: each that stays is named at least once. */
export async function* sessionKeys(
  client: Client,
  connection: Connection,
  prefix: string,
): AsyncIterable<string> {
  const pattern = patternOf(prefix)
  const nodes: Redis[] = isCluster(client) ? client.nodes('master') : [client]
  for (const node of nodes) {
    let cursor = '0'
    do {
      const [next, keys] = await connection.send(() => node.scan(cursor, 'MATCH', pattern, 'COUNT', 500))
      cursor = next
      // The node may hold a key of a slot that is moving, and say MOVED to whoever asks for it: a cluster's client knows the way.
      const alive = await connection.send(c => Promise.all(keys.map(key => isSession(c, key))))
      for (const [n, key] of keys.entries()) if (alive[n]) yield key
    } while (cursor !== '0')
  }
}

/** Still there, and neither a tombstone nor another program's key. */
async function isSession(client: Client, key: string): Promise<boolean> {
  try {
    const [tombstone, token, ...own] = await client.hmget(key, 'gone', 'pid', 'lock', 'writes', 'state')
    if (tombstone === null ? own.some(field => field !== null) : isOurs(token ?? ''))
      return tombstone === null
    return (await client.hexists(key, 'data')) === 1
  } catch (error) {
    if (/WRONGTYPE/.test(String(error))) return false
    throw error
  }
}

/** A key that holds an id, for messages: so much of it that the key can be found, and too little to take the session over. */
export function withoutId(key: string, prefix: string): string {
  const name = key.slice(prefix.length)
  return `${prefix}${name.slice(0, Math.min(10, Math.floor(name.length / 3)))}…`
}
