// What a cluster loses when a master dies or is cut off, with and without WAIT. Counted and printed, as for sentinels.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { OptionsInput } from '../../../src/index.ts'
import type { ClusterNode } from '../../support/cluster.ts'
import { type GatedCluster, startGatedCluster } from '../../support/gated-cluster.ts'
import { eventually } from '../../support/sessions.ts'
import { type Acting, countLoss, lost, showLosses, startActing } from './loss.ts'

let cluster: GatedCluster
let options: OptionsInput
let acting: Acting

beforeEach(async () => {
  cluster = await startGatedCluster('secret')
  options = { redis: cluster.redis }
}, 30_000)
afterEach(async () => {
  await acting?.stop()
  await cluster?.stop()
})

async function lostBy(
  what: string,
  happens: (master: ClusterNode, replica: ClusterNode) => Promise<unknown>,
) {
  acting = await startActing(options)
  await acting.goesOn(150)
  const [master] = await cluster.masters()
  const [replica] = await cluster.replicasOf(master as ClusterNode)
  if (!master || !replica) throw new Error('the cluster has no master with a replica')
  await happens(master, replica)
  await eventually(async () => (await replica.admin.info('replication')).includes('role:master'), 20)
  cluster.heal()
  if (!master.server.running) await master.server.restart()
  await cluster.settled()
  await acting.goesOn(50)
  await acting.stop()
  const losses = await countLoss(acting, options)
  showLosses(what, losses)
  return losses
}

test('a failover that is asked for loses nothing', async () => {
  const [all] = await lostBy('CLUSTER FAILOVER', (_, replica) => replica.admin.cluster('FAILOVER'))
  expect(lost(all)).toBe(0)
}, 60_000)

test('the death of a master loses nothing that its replica had', async () => {
  const [, one] = await lostBy('kill -9 of a master', async master => master.server.kill('SIGKILL'))
  expect(lost(one)).toBe(0)
}, 60_000)

test('a master that is cut off loses what it acknowledges until it notices, and nothing that its replica had', async () => {
  const [all, one] = await lostBy('a master cut off', async master => cluster.part([master]))
  expect(lost(all)).toBeGreaterThan(0)
  expect(lost(one)).toBe(0)
}, 60_000)
