// Clients that a user gives: they may come from another copy of ioredis than ours.
import { EventEmitter } from 'node:events'
import { expect, test } from '@jest/globals'
import { RedisStore } from '../../src/redis/redis-store.ts'
import type { Client } from '../../src/redis/scripts.ts'

/** As much of a cluster's client as listing takes; it is of no class that we know. */
function foreignCluster(keys: readonly (readonly string[])[], ended: readonly string[] = []): Client {
  const nodes = keys.map(found => ({ scan: async () => ['0', found] }))
  const cluster = {
    isCluster: true,
    status: 'ready',
    defineCommand() {},
    disconnect() {},
    ping: async () => 'PONG',
    call: async () => 'OK',
    nodes: () => nodes,
    // A node at random, which knows a part of the keys.
    scan: nodes[0]?.scan,
    hmget: async (key: string, ...fields: string[]) =>
      fields.map(field => (field === 'lock' && !ended.includes(key) ? '0' : null)),
    hexists: async () => 0,
  }
  return Object.assign(new EventEmitter(), cluster) as unknown as Client
}

test('the records of all masters are listed, whatever copy of ioredis the cluster client is from', async () => {
  expect(await listed(foreignCluster([['sess_a', 'sess_b'], ['sess_c'], []]))).toEqual(['a', 'b', 'c'])
})

test('a record that has ended since its key was found is not listed', async () => {
  expect(await listed(foreignCluster([['sess_a', 'sess_b'], ['sess_c']], ['sess_b']))).toEqual(['a', 'c'])
})

async function listed(client: Client): Promise<string[]> {
  const store = new RedisStore(client, {
    prefix: 'sess_',
    commandTimeout: 500,
    server: 'Redis',
    changed() {},
  })
  const names: string[] = []
  for await (const name of store.names()) names.push(name)
  await store.close()
  return names
}
