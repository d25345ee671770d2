import { type ClusterNode, freeNodePorts, launchCluster, type Ports, type RedisCluster } from './cluster.ts'
import { type Gate, startGate } from './gate.ts'

/** A cluster of whose nodes some can be parted from the others. Clients reach all of them all the time. */
export interface GatedCluster extends RedisCluster {
  /** Neither gossip nor replication passes between these nodes and the others until `heal`. */
  part(nodes: ClusterNode[]): void
  heal(): void
}

export async function startGatedCluster(password: string): Promise<GatedCluster> {
  const own = await freeNodePorts()
  const gates = await Promise.all(
    own.map(async ({ data, bus }) => ({ data: await startGate(data), bus: await startGate(bus) })),
  )
  const announced = gates.map(({ data, bus }) => ({ data: data.port, bus: bus.port }))
  const closeAll = () => Promise.all(gates.flatMap(({ data, bus }) => [data.stop(), bus.stop()]))
  try {
    const cluster = await launchCluster(password, own, announced, [])
    return {
      ...cluster,
      part: apart => partition(cluster.nodes, own, gates, apart),
      heal() {
        for (const { data, bus } of gates) for (const gate of [data, bus]) gate.refuse()
      },
      async stop() {
        await cluster.stop()
        await closeAll()
      },
    }
  } catch (error) {
    await closeAll()
    throw error
  }
}

function partition(
  nodes: ClusterNode[],
  own: Ports[],
  gates: Record<keyof Ports, Gate>[],
  apart: ClusterNode[],
): void {
  for (const [i, node] of nodes.entries()) {
    const isStranger = (other: ClusterNode) => apart.includes(other) !== apart.includes(node)
    const ids = nodes.filter(isStranger).map(({ id }) => id)
    const ports = own.filter((_, n) => isStranger(nodes[n] as ClusterNode)).map(({ data }) => data)
    gates[i]?.bus.refuse(said => ids.includes(said.toString('latin1', BUS_SENDER, BUS_SENDER + 40)))
    gates[i]?.data.refuse(said => ports.includes(portOfReplica(said)))
  }
}

/** A packet of the cluster's bus begins with 40 bytes of fixed width, and then has its sender's id. */
const BUS_SENDER = 40

/** Replicas introduce themselves so, with the port that they listen at. */
function portOfReplica(said: Buffer): number {
  return Number(/listening-port\r\n\$\d+\r\n(\d+)/i.exec(said.toString('latin1'))?.[1])
}
