// Clients that a user gives: they may come from another copy of ioredis than ours.
import { EventEmitter } from 'node:events'
import { expect, test } from '@jest/globals'
import { RedisStore } from '../../src/redis/redis-store.ts'
import type { Client } from '../../src/redis/scripts.ts'

/** As much of a cluster's client as listing takes; it is of no class that we know. */
function foreignCluster(keys: readonly (readonly string[])[]): Client {
  const nodes = keys.map(found => ({ scan: async () => ['0', found], hmget: async () => [null, null] }))
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
  }
  return Object.assign(new EventEmitter(), cluster) as unknown as Client
}

test('the records of all masters are listed, whatever copy of ioredis the cluster client is from', async () => {
  const client = foreignCluster([['sess_a', 'sess_b'], ['sess_c'], []])
  const store = new RedisStore(client, { prefix: 'sess_', patience: 500, server: 'Redis', changed() {} })
  const names: string[] = []
  for await (const name of store.names()) names.push(name)
  expect(names).toEqual(['a', 'b', 'c'])
  await store.close()
})
