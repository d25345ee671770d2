import { MASTER, type SentinelGroup, startSentinels } from '../../support/sentinel.ts'
import type { Topology } from './topology.ts'

export interface Watched extends Topology {
  readonly group: SentinelGroup
}

const PASSWORDS = { servers: 'secret', sentinels: 'other-secret' }

export async function openSentinel(): Promise<Watched> {
  const group = await startSentinels(PASSWORDS)
  const sentinel = { name: MASTER, nodes: group.addresses, password: PASSWORDS.sentinels }
  const masterOf = async () => (await group.master()).admin
  return {
    group,
    redisOf: () => ({ password: PASSWORDS.servers, sentinel }),
    masters: async () => [await masterOf()],
    masterOf,
    stop: () => group.stop(),
  }
}
