// The node that a slot is moving to does not answer. ioredis drops the promise of its ASKING, which must not end the process.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { recordName } from '../../../src/session-id.ts'
import { type ClusterNode, type RedisCluster, startCluster } from '../../support/cluster.ts'
import { startWorkers, type Worker } from '../../support/worker-client.ts'

let cluster: RedisCluster
beforeAll(async () => {
  cluster = await startCluster('secret')
}, 60_000)
afterAll(async () => {
  await Promise.all(workers.map(worker => worker.kill('SIGKILL')))
  await cluster?.stop()
})
const workers: Worker[] = []

const ID = 'an-id-that-nobody-knows-1'

test.each(['SIGSTOP', 'SIGKILL'] as const)(
  'a process survives %s of the node that a slot is moving to',
  async signal => {
    const [worker] = await startWorkers(1, { redis: cluster.redis })
    if (!worker) throw new Error('no worker')
    workers.push(worker)
    await worker.open('first', 'an-id-that-nobody-knows-2')
    const key = `sess_${recordName(ID, 'hashed')}`
    const from = await cluster.masterOf(key)
    const to = (await cluster.masters()).find(one => one !== from) as ClusterNode
    const slot = String(await from.admin.cluster('KEYSLOT', key))
    await to.admin.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id)
    await from.admin.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to.id)
    expect(await worker.open('asked', ID, 'readonly')).toMatchObject({ locked: false })
    to.server.kill(signal)
    await expect(worker.open('unanswered', ID, 'readonly')).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    })
    await from.admin.call('CLUSTER', 'SETSLOT', slot, 'STABLE')
    // It answers: it is still there.
    expect(await worker.events()).toEqual(expect.any(Array))
    if (signal === 'SIGSTOP') {
      to.server.kill('SIGCONT')
      await to.admin.call('CLUSTER', 'SETSLOT', slot, 'STABLE')
    }
  },
)
