// The two topologies with replicas, as docs/redis.md configures them, with users that have the documented rights.
import { startCluster } from '../../support/cluster.ts'
import { clusterRights, documentedConfig, leastRights, sentinelRights } from '../../support/documented.ts'
import { MASTER, startSentinels } from '../../support/sentinel.ts'
import type { Topology } from './suite.ts'

process.env.REDIS_PASSWORD = 'secret'
process.env.SENTINEL_PASSWORD = 'other-secret'

export const SENTINEL = `a master named "${MASTER}" that three sentinels watch`
export const CLUSTER = 'a cluster of three masters and three replicas'

/** A master and two replicas, three sentinels, a password on both. */
export async function underSentinels(): Promise<Topology> {
  const group = await startSentinels({ servers: 'of-the-servers', sentinels: 'of-the-sentinels' })
  for (const { admin } of group.servers) await admin.call('ACL', 'SETUSER', 'shop', ...leastRights())
  for (const { admin } of group.sentinels) await admin.call('ACL', 'SETUSER', 'finder', ...sentinelRights())
  const ports = Object.fromEntries(
    group.sentinels.map(({ port }, i) => [`sentinel-${i + 1}.internal:26379`, port]),
  )
  const master = await group.master()
  return {
    config: documentedConfig('Sentinel', { ports }),
    flush: async () => void (await master.admin.flushall()),
    stop: group.stop,
  }
}

/** Three masters, three replicas. */
export async function inCluster(): Promise<Topology> {
  const cluster = await startCluster('of-the-servers')
  await cluster.onEach('ACL', 'SETUSER', 'shop', ...leastRights(), ...clusterRights())
  const masters = await cluster.masters()
  const ports = Object.fromEntries(masters.map(({ port }, i) => [`redis-${i + 1}.internal:6379`, port]))
  return {
    config: documentedConfig('Cluster', { ports }),
    flush: async () => void (await Promise.all(masters.map(({ admin }) => admin.flushall()))),
    stop: cluster.stop,
  }
}
