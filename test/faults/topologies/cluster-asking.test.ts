// The node that a slot is moving to does not answer. ioredis drops the promise of its ASKING, which must not end the process.
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { recordName } from '../../../src/session-id.ts'
import { type ClusterNode, type RedisCluster, startCluster } from '../../support/cluster.ts'
import { startWorker, type Worker } from '../../support/worker-client.ts'

const ID = 'an-id-that-nobody-knows-1'
const KEY = `sess_${recordName(ID, 'hashed')}`

let cluster: RedisCluster
let slot: string
let worker: Worker | undefined
let from: ClusterNode
let to: ClusterNode | undefined

beforeAll(async () => {
  cluster = await startCluster('secret')
  slot = String(await cluster.nodes[0]?.admin.cluster('KEYSLOT', KEY))
}, 60_000)
afterEach(async () => {
  await worker?.kill('SIGKILL')
  await from.admin.call('CLUSTER', 'SETSLOT', slot, 'STABLE')
  if (to && !cluster.nodes.includes(to)) {
    to.admin.disconnect()
    await to.server.stop()
  } else if (to) {
    if (to.server.running) to.server.kill('SIGCONT')
    else await to.server.restart()
    await to.admin.call('CLUSTER', 'SETSLOT', slot, 'STABLE')
  }
  to = undefined
  await cluster.settled()
}, 60_000)
afterAll(() => cluster?.stop())

const known = async () => (await cluster.masters()).find(one => one !== from) as ClusterNode
const newcomer = () => cluster.newcomer()

describe.each([
  ['our own client', undefined],
  ["a user's client of ioredis 6", 'ioredis'],
  ["a user's client of ioredis 5", 'ioredis5'],
] as const)('%s', (_, copy) => {
  test.each([
    ['SIGSTOP', 'that the client knows', known, true],
    ['SIGSTOP', 'that joined after the client connected', newcomer, true],
    ['SIGSTOP', 'that joined after the client connected, and that it never reached', newcomer, false],
    ['SIGKILL', 'that the client knows', known, true],
    ['SIGKILL', 'that joined after the client connected', newcomer, true],
    ['SIGKILL', 'that joined after the client connected, and that it never reached', newcomer, false],
  ] as const)(
    'a process survives %s of the node that a slot is moving to, one %s',
    async (signal, _where, target, reached) => {
      worker = await startWorker({ redis: cluster.redis }, copy)
      await worker.open('first', 'an-id-that-nobody-knows-2')
      from = await cluster.masterOf(KEY)
      to = await target()
      await to.admin.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id)
      await from.admin.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to.id)
      if (reached) expect(await worker.open('asked', ID, 'readonly')).toMatchObject({ locked: false })
      to.server.kill(signal)
      const unanswered = { code: 'STORE_UNAVAILABLE' }
      await expect(worker.open('unanswered', ID, 'readonly')).rejects.toMatchObject(unanswered)
      // It answers: it is still there.
      expect(await worker.events()).toEqual(expect.any(Array))
    },
  )
})
