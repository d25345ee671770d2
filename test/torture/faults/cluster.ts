import { setTimeout as pause } from 'node:timers/promises'
import type { ClusterNode } from '../../support/cluster.ts'
import type { GatedCluster } from '../../support/gated-cluster.ts'
import { eventually } from '../../support/sessions.ts'
import type { Loss } from '../history.ts'
import { recordOf } from '../layout.ts'
import type { Clustered } from '../topologies/cluster.ts'
import type { Fault } from './fault.ts'
import { inStep } from './replication.ts'

interface Struck {
  cluster: GatedCluster
  quick: Clustered['whileQuick']
  master: ClusterNode
  replica: ClusterNode
  /** Of hot sessions; the first one's is at this master. */
  records: string[]
}

/** Hurts the master of a hot session. Ends when all slots are served, and all replicas are in step. */
function fault(
  name: string,
  loss: Loss | undefined,
  act: (struck: Struck) => Promise<unknown>,
): Fault<Clustered> {
  return {
    name,
    async strike(lab) {
      const { topology, hot, random } = lab
      const { cluster } = topology
      const first = random.pick(hot)
      const names = [first, ...hot.filter(name => name !== first)]
      const records = (await Promise.all(names.map(name => lab.hotId(name)))).map(recordOf)
      await lab.trouble(name, loss, async () => {
        const [record = ''] = records
        const master = await cluster.masterOf(record)
        const [replica] = await cluster.replicasOf(master)
        if (!replica) throw new Error('a master has no replica')
        // What was written before the trouble is on the replica: only what is written during it may be lost.
        await inStep(master.admin, 1, record)
        const hurt = async () => {
          await act({ cluster, quick: topology.whileQuick, master, replica, records })
          await cluster.settled()
        }
        // What may lose writes is what makes a replica the master.
        await (loss ? topology.whileQuick(hurt) : hurt())
      })
      return true
    },
  }
}

/**
 * Hurts the node that a hot session's slot moves to, until its replica has taken its place, and then ends the move there. Of the
 * sessions that it served or had got of the slot, what was written during it may be lost.
 */
function targetFault(
  name: string,
  hurt: (cluster: GatedCluster, target: ClusterNode) => void,
  mend: (cluster: GatedCluster, target: ClusterNode) => void,
): Fault<Clustered> {
  return fault(name, 'rollback', async ({ cluster, records: [record = ''] }) => {
    await cluster.move(record, async target => {
      const [replica] = await cluster.replicasOf(target)
      if (!replica) throw new Error('a master has no replica')
      await inStep(target.admin, 1, await keyAt(cluster, target))
      hurt(cluster, target)
      await promoted(replica).finally(() => mend(cluster, target))
    })
  })
}

/** Some key whose slot this master serves. */
async function keyAt(cluster: GatedCluster, master: ClusterNode): Promise<string> {
  for (let n = 0; ; n += 1) if ((await cluster.masterOf(`key-${n}`)) === master) return `key-${n}`
}

async function promoted({ admin }: ClusterNode): Promise<void> {
  await eventually(async () => (await admin.info('replication')).includes('role:master'), 20)
}

const FROZEN_MS = 1200
/** Longer than after which a node counts as failed. */
const PARTED_MS = 3000

export const CLUSTER_FAULTS: Fault<Clustered>[] = [
  fault('CLUSTER FAILOVER', undefined, async ({ replica }) => {
    await replica.admin.cluster('FAILOVER')
    await promoted(replica)
  }),
  fault('kill -9 of a master', 'rollback', async ({ master, replica }) => {
    master.server.kill('SIGKILL')
    await promoted(replica)
    await master.server.restart()
  }),
  fault('SIGSTOP of a master', 'rollback', async ({ master, replica }) => {
    master.server.kill('SIGSTOP')
    await promoted(replica)
    master.server.kill('SIGCONT')
  }),
  fault('slots moved', undefined, async ({ cluster, records }) => {
    for (const record of records) await cluster.move(record)
  }),
  targetFault(
    'SIGSTOP of a node that a slot moves to',
    (_, target) => target.server.kill('SIGSTOP'),
    (_, target) => target.server.kill('SIGCONT'),
  ),
  targetFault(
    'a node that a slot moves to cut off from the other nodes',
    (cluster, target) => cluster.part([target]),
    cluster => cluster.heal(),
  ),
  fault('a master cut off from the other nodes', 'rollback', async ({ cluster, master, replica }) => {
    cluster.part([master])
    await promoted(replica)
    cluster.heal()
  }),
  fault('a master cut off with its replica', undefined, async ({ cluster, quick, master, replica }) => {
    await quick(async () => {
      cluster.part([master, replica])
      await pause(PARTED_MS)
      cluster.heal()
      await cluster.settled()
    })
  }),
  fault('kill -9 of a replica, and its restart', undefined, async ({ replica }) => {
    await replica.server.restart()
  }),
  fault('SIGSTOP of a replica', undefined, async ({ replica }) => {
    replica.server.kill('SIGSTOP')
    await pause(FROZEN_MS)
    replica.server.kill('SIGCONT')
  }),
]
