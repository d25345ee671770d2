// A cluster whose masters change, die, freeze and give slots away while visitors count.
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import type { OptionsInput } from '../../../src/index.ts'
import { recordName } from '../../../src/session-id.ts'
import { type ClusterNode, type RedisCluster, startCluster } from '../../support/cluster.ts'
import { eventually, storedIn, watchedSessions } from '../../support/sessions.ts'
import { expectSurvived, type Judged, judge, LEASE, type Load, show, startLoad } from './load.ts'

let cluster: RedisCluster
let options: OptionsInput
let load: Load

beforeAll(async () => {
  cluster = await startCluster('secret')
  options = { redis: cluster.redis, lease: LEASE }
})
afterEach(async () => {
  for (const { server } of cluster.nodes) {
    if (server.running) server.kill('SIGCONT')
    else await server.restart()
  }
  await load?.stop()
  await cluster.settled()
}, 60_000)
afterAll(() => cluster?.stop())

const keyOf = (id = '') => `sess_${recordName(id, 'hashed')}`

/** Each handler of the load listens at each master. */
async function hearsEverywhere(): Promise<void> {
  await eventually(async () => {
    const heard = await Promise.all(
      (await cluster.masters()).map(({ admin }) => admin.pubsub('CHANNELS', 'sess_wake:*')),
    )
    return heard.every(channels => (channels as string[]).length === load.sessions.length)
  }, 20)
}

async function survives(
  what: string,
  happens: (master: ClusterNode, replica: ClusterNode) => Promise<void>,
): Promise<Judged> {
  load = await startLoad(options)
  await load.goesOn(200)
  const master = await cluster.masterOf(keyOf(load.ids[0]))
  const [replica] = await cluster.replicasOf(master)
  await happens(master, replica as ClusterNode)
  await eventually(async () => !!(await replica?.admin.info('replication'))?.includes('role:master'), 20)
  await load.goesOn(300)
  await hearsEverywhere()
  await load.stop()
  const judged = await judge(load, options)
  show(what, load, judged)
  expectSurvived(load, judged)
  return judged
}

test('a failover that is asked for loses nothing and fails nobody', async () => {
  const { lost } = await survives('CLUSTER FAILOVER', async (_, replica) => {
    await replica.admin.cluster('FAILOVER')
  })
  expect({ lost, errors: load.tally.errors }).toEqual({ lost: 0, errors: {} })
})

test('the death of a master is survived without a restart', async () => {
  await survives('kill -9 of a master', async master => master.server.kill('SIGKILL'))
})

test('a master that freezes and comes back as a replica is survived without a restart', async () => {
  await survives('SIGSTOP of a master', async master => master.server.kill('SIGSTOP'))
})

test('a node that is frozen costs a process that starts less than commandTimeout', async () => {
  const [master] = await cluster.masters()
  const [replica] = await cluster.replicasOf(master as ClusterNode)
  replica?.server.kill('SIGSTOP')
  const nodes = [replica, master].map(node => ({ host: '127.0.0.1', port: node?.port ?? 0 }))
  // Whom of the two it asks first is left to chance.
  for (let start = 0; start < 6; start++) {
    const { sessions } = await watchedSessions({ redis: { password: 'secret', cluster: { nodes } } })
    await sessions.ping().finally(() => sessions.close({ grace: 0 }))
  }
})

test('slots that move to another master while their sessions are used lose nothing and fail nobody', async () => {
  load = await startLoad(options, { sessions: 3, lanes: 3 })
  await load.goesOn(200)
  for (const id of load.ids) {
    await cluster.move(keyOf(id))
    await load.goesOn(100)
  }
  await load.stop()
  const judged = await judge(load, options)
  show('slots moved', load, judged)
  expectSurvived(load, judged)
  expect({ lost: judged.lost, errors: load.tally.errors }).toEqual({ lost: 0, errors: {} })
})

test('a slot of ten thousand sessions that moves while they are used fails nobody and loses nothing', async () => {
  const inOneSlot = { ...options, prefix: '{shop}_' }
  const { sessions } = await watchedSessions(inOneSlot)
  for (let made = 0; made < 10_000; made += 100) {
    await Promise.all(Array.from({ length: 100 }, () => storedIn(sessions)))
  }
  load = await startLoad(inOneSlot, { sessions: 6, lanes: 3 })
  await load.goesOn(200)
  const from = await cluster.masterOf('{shop}_')
  expect(
    await from.admin.call('CLUSTER', 'COUNTKEYSINSLOT', await from.admin.cluster('KEYSLOT', '{shop}_')),
  ).toBe(10_006)
  await cluster.move('{shop}_')
  await load.goesOn(100)
  await load.stop()
  const judged = await judge(load, inOneSlot)
  show('a slot of 10,006 sessions moved', load, judged)
  expectSurvived(load, judged)
  expect({ lost: judged.lost, errors: load.tally.errors }).toEqual({ lost: 0, errors: {} })
  await sessions.close()
}, 120_000)
