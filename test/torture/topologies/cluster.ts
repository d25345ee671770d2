import { type GatedCluster, startGatedCluster } from '../../support/gated-cluster.ts'
import type { Topology } from './topology.ts'

export interface Clustered extends Topology {
  readonly cluster: GatedCluster
}

export async function openCluster(): Promise<Clustered> {
  const cluster = await startGatedCluster('secret')
  return {
    cluster,
    redisOf: () => cluster.redis,
    masters: async () => (await cluster.masters()).map(({ admin }) => admin),
    masterOf: async key => (await cluster.masterOf(key)).admin,
    stop: () => cluster.stop(),
  }
}
