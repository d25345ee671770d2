import { type GatedCluster, startGatedCluster } from '../../support/cluster.ts'
import type { Topology } from './topology.ts'

export interface Clustered extends Topology {
  readonly cluster: GatedCluster
}

const PASSWORD = 'secret'

export async function openCluster(): Promise<Clustered> {
  const cluster = await startGatedCluster(PASSWORD)
  const nodes = cluster.addresses.slice(0, 3)
  return {
    cluster,
    redisOf: () => ({ password: PASSWORD, cluster: { nodes } }),
    masters: async () => (await cluster.masters()).map(({ admin }) => admin),
    masterOf: async key => (await cluster.masterOf(key)).admin,
    stop: () => cluster.stop(),
  }
}
