import { type GatedCluster, startGatedCluster } from '../../support/gated-cluster.ts'
import type { Topology } from './topology.ts'

export interface Clustered extends Topology {
  readonly cluster: GatedCluster
  /** Lets the nodes find out soon that one of them is down. Where nothing was done to it, they must not lose their patience. */
  whileQuick<T>(act: () => Promise<T>): Promise<T>
}

export async function openCluster(): Promise<Clustered> {
  const cluster = await startGatedCluster('secret')
  const timeout = (ms: number) => cluster.onEach('CONFIG', 'SET', 'cluster-node-timeout', String(ms))
  await timeout(PATIENT_MS)
  return {
    cluster,
    redisOf: () => cluster.redis,
    masters: async () => (await cluster.masters()).map(({ admin }) => admin),
    masterOf: async key => (await cluster.masterOf(key)).admin,
    async whileQuick(act) {
      await timeout(QUICK_MS)
      const done = await act()
      await timeout(PATIENT_MS)
      return done
    },
    stop: () => cluster.stop(),
  }
}

const QUICK_MS = 1500
/** Longer than a node is silent on a machine with too much to do; nodes that are much more patient also gossip much less. */
const PATIENT_MS = 6000
