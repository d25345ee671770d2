// A master and two replicas, three sentinels, a password on both, and users with the documented rights.
import { MASTER, startSentinels } from '../support/sentinel.ts'
import { documentedConfig, leastRights, sentinelRights } from './documented.ts'
import { holdsOn, type Topology } from './suite.ts'

process.env.REDIS_PASSWORD = 'secret'
process.env.SENTINEL_PASSWORD = 'other-secret'

async function start(): Promise<Topology> {
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

holdsOn(`a master named "${MASTER}" that three sentinels watch`, start)
