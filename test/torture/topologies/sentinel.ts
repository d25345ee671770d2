import { PASSWORDS, type SentinelGroup, startSentinels } from '../../support/sentinel.ts'
import type { Topology } from './topology.ts'

export interface Watched extends Topology {
  readonly group: SentinelGroup
  /** Lets the sentinels find out soon that a master is down. Where nothing was done to it, they must not lose their patience. */
  whileQuick<T>(act: () => Promise<T>): Promise<T>
}

export async function openSentinel(): Promise<Watched> {
  const group = await startSentinels(PASSWORDS)
  const masterOf = async () => (await group.master()).admin
  await group.downAfter(PATIENT_MS)
  return {
    group,
    redisOf: () => group.redis,
    masters: async () => [await masterOf()],
    masterOf,
    async whileQuick(act) {
      await group.downAfter(QUICK_MS)
      const done = await act()
      await group.downAfter(PATIENT_MS)
      return done
    },
    stop: () => group.stop(),
  }
}

const QUICK_MS = 700
/** On a machine with too much to do a server may be silent for a second or two; a failover then loses what nobody counts on. */
const PATIENT_MS = 20_000
