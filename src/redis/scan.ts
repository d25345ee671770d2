import type { Redis } from 'ioredis'
import { isCluster } from './client.ts'
import type { Connection } from './connection.ts'
import type { Client } from './scripts.ts'

/** The servers that hold the keys: each master of a cluster. */
export function masters(client: Client): Redis[] {
  return isCluster(client) ? client.nodes('master') : [client]
}

/**
 * Keys of all masters, a page of SCAN at a time; a page may be empty. A key that stays is met at least once.
 *
 * @param count keys that Redis looks at for each page, about
 */
export async function* pagesOfKeys(
  client: Client,
  connection: Connection,
  pattern: string,
  count: number,
): AsyncIterable<string[]> {
  for (const node of masters(client)) {
    let cursor = '0'
    do {
      const [next, keys] = await connection.send(() => node.scan(cursor, 'MATCH', pattern, 'COUNT', count))
      cursor = next
      yield keys
    } while (cursor !== '0')
  }
}
