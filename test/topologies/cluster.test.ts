// Three masters, three replicas, and a user with the documented rights.

import { startCluster } from '../support/cluster.ts'
import { clusterRights, documentedConfig, leastRights } from './documented.ts'
import { holdsOn, type Topology } from './suite.ts'

process.env.REDIS_PASSWORD = 'secret'

async function start(): Promise<Topology> {
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

holdsOn('a cluster of three masters and three replicas', start)
