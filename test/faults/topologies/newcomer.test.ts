// A slot on its way to a master that has no slot yet: no list of slots names it, and a client hears of it by ASK alone.
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { Cluster } from 'ioredis'
import { Cluster as Cluster5 } from 'ioredis5'
import { recordName } from '../../../src/session-id.ts'
import { type ClusterNode, type RedisCluster, startCluster } from '../../support/cluster.ts'
import { eventsNamed, type Watched, watchedSessions } from '../../support/sessions.ts'

const ID = 'an-id-that-nobody-knows-1'
const KEY = `sess_${recordName(ID, 'hashed')}`

let cluster: RedisCluster
let from: ClusterNode
let to: ClusterNode
let slot: string
let watched: Watched | undefined

beforeAll(async () => {
  cluster = await startCluster('secret')
  from = await cluster.masterOf(KEY)
  to = await cluster.newcomer()
  slot = String(await from.admin.cluster('KEYSLOT', KEY))
  await to.admin.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id)
  await from.admin.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to.id)
}, 60_000)
afterEach(() => watched?.sessions.close({ grace: 0 }))
afterAll(() => cluster?.stop())

const settings = {
  enableOfflineQueue: false,
  retryDelayOnFailover: 0,
  redisOptions: { password: 'secret', commandTimeout: 900, maxRetriesPerRequest: 0 },
}
const nodes = () => cluster.addresses.slice(0, 3)

test.each<[string, () => Cluster | undefined]>([
  ['our own client', () => undefined],
  ["a user's client of ioredis 6", () => new Cluster(nodes(), settings)],
  ["a user's client of ioredis 5", () => new Cluster5(nodes(), settings) as unknown as Cluster],
])('requests that begin together are served there by %s', async (_, connect) => {
  const client = connect()
  watched = await watchedSessions({ redis: cluster.redis }, client ? { client } : {})
  const { sessions, events } = watched
  await sessions.open('an-id-that-nobody-knows-2', { access: 'readonly' })
  const asked = await Promise.allSettled(
    Array.from({ length: 50 }, () => sessions.open(ID, { access: 'readonly' })),
  )
  const refused = asked.filter(({ status }) => status === 'rejected')
  expect(refused).toEqual([])
  expect(eventsNamed(events, 'store-down')).toEqual([])
})
