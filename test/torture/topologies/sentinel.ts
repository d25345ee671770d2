import { PASSWORDS, type SentinelGroup, startSentinels } from '../../support/sentinel.ts'
import type { Topology } from './topology.ts'

export interface Watched extends Topology {
  readonly group: SentinelGroup
}

export async function openSentinel(): Promise<Watched> {
  const group = await startSentinels(PASSWORDS)
  const masterOf = async () => (await group.master()).admin
  return {
    group,
    redisOf: () => group.redis,
    masters: async () => [await masterOf()],
    masterOf,
    stop: () => group.stop(),
  }
}
