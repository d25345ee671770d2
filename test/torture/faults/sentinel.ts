import { setTimeout as pause } from 'node:timers/promises'
import type { Replicated, SentinelGroup } from '../../support/sentinel.ts'
import type { Loss } from '../history.ts'
import type { Watched } from '../topologies/sentinel.ts'
import type { Fault } from './fault.ts'
import { inStep } from './replication.ts'

/** What is hurt, and until when. Answers false where there was nothing to hurt. */
type Act = (group: SentinelGroup, master: Replicated) => Promise<unknown>

/** Ends when everybody agrees on one master, and the others follow it. */
function fault(name: string, loss: Loss | undefined, act: Act): Fault<Watched> {
  return {
    name,
    async strike(lab) {
      const { group } = lab.topology
      let hit = true
      await lab.trouble(name, loss, async () => {
        const master = await group.master()
        // What was written before the trouble is on both replicas: only what is written during it may be lost.
        await inStep(master.admin, 2, 'any')
        const hurt = async () => {
          hit = (await act(group, master)) !== false
          await backInStep(group)
        }
        // What may lose writes is what makes another server the master.
        await (loss ? lab.topology.whileQuick(hurt) : hurt())
        for (const { admin } of group.servers) await admin.client('UNPAUSE')
      })
      return hit
    },
  }
}

const ATTEMPTS = 3

/** The sentinels may begin another failover meanwhile: then it is another master that all must follow. */
async function backInStep(group: SentinelGroup): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await group.inStep()
    } catch (error) {
      if (attempt === ATTEMPTS) throw error
    }
  }
}

const FROZEN_MS = 1200

export const SENTINEL_FAULTS: Fault<Watched>[] = [
  fault('SENTINEL FAILOVER, writers paused', undefined, async (group, master) => {
    await master.admin.call('CLIENT', 'PAUSE', '10000', 'WRITE')
    await group.failover()
    await group.changed(master)
  }),
  fault('SENTINEL FAILOVER', 'rollback', async (group, master) => {
    await group.failover()
    await group.changed(master)
  }),
  fault('kill -9 of the master', 'rollback', async (group, master) => {
    master.server.kill('SIGKILL')
    await group.changed(master)
  }),
  fault('SIGSTOP of the master', 'rollback', async (group, master) => {
    master.server.kill('SIGSTOP')
    await group.changed(master)
    master.server.kill('SIGCONT')
  }),
  fault('the master cut off from sentinels and replicas', 'rollback', async (group, master) => {
    // The gate is before the first server alone.
    if (master !== group.servers[0]) return false
    group.gate.refuse(said => /REPLCONF|\nsentinel-/i.test(said.toString('latin1')))
    await group.changed(master)
    group.gate.refuse()
  }),
  fault('kill -9 of a replica, and its restart', undefined, async (group, master) => {
    await group.servers.find(server => server !== master)?.server.restart()
  }),
  fault('SIGSTOP of a replica', undefined, async (group, master) => {
    const replica = group.servers.find(server => server !== master)
    replica?.server.kill('SIGSTOP')
    await pause(FROZEN_MS)
    replica?.server.kill('SIGCONT')
  }),
  fault('SIGSTOP of a sentinel', undefined, async ({ sentinels: [first] }) => {
    first?.kill('SIGSTOP')
    await pause(FROZEN_MS)
    first?.kill('SIGCONT')
  }),
]
