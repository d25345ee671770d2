// A server that is silent for a moment, as on a machine with too much to do, is no reason for a failover that no fault has asked for.
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, expect, test } from '@jest/globals'
import { openCluster } from './topologies/cluster.ts'
import { openSentinel } from './topologies/sentinel.ts'

/** Longer than the lab's topologies take to find out that a master is down while a fault is at work. */
const SILENT_MS = 3500

let stop: (() => Promise<unknown>) | undefined
afterEach(() => stop?.())

test('the sentinels of the lab keep a master that is silent for a moment', async () => {
  const { group, stop: close } = await openSentinel()
  stop = close
  const master = await group.master()
  master.server.kill('SIGSTOP')
  await pause(SILENT_MS)
  master.server.kill('SIGCONT')
  await group.inStep()
  expect((await group.master()).port).toBe(master.port)
}, 60_000)

test('the nodes of the lab keep a master that is silent for a moment', async () => {
  const { cluster, masterOf, stop: close } = await openCluster()
  stop = close
  const master = await cluster.masterOf('a')
  const [replica] = await cluster.replicasOf(master)
  master.server.kill('SIGSTOP')
  await pause(SILENT_MS)
  expect(await replica?.admin.info('replication')).toContain('role:slave')
  master.server.kill('SIGCONT')
  await cluster.settled()
  expect(await masterOf('a')).toBe(master.admin)
}, 60_000)
