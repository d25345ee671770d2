import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'
import type { OptionsInput } from '../../src/index.ts'
import { freePorts } from './ports.ts'
import { type RedisServer, startRedis } from './redis-server.ts'
import { eventually } from './sessions.ts'

export interface ClusterNode {
  readonly server: RedisServer
  readonly port: number
  readonly id: string
  /** Signs in as the default user, by the unix socket: no proxy and no port is in its way. */
  readonly admin: Redis
}

/** Three masters with a third of the slots each, and a replica of each, behind a password. */
export interface RedisCluster {
  readonly nodes: ClusterNode[]
  readonly addresses: { host: string; port: number }[]
  /** How a shop finds the nodes: it knows three. */
  readonly redis: OptionsInput['redis']
  /** The nodes that are masters now, in the order of their first slot. */
  masters(): Promise<ClusterNode[]>
  replicasOf(master: ClusterNode): Promise<ClusterNode[]>
  masterOf(key: string): Promise<ClusterNode>
  /** Resolves once every node that runs agrees that all slots are served and all replicas are in step. */
  settled(): Promise<void>
  onEach(...command: string[]): Promise<void>
  /**
   * Gives the slot of this key to another master, one key after the other, as `redis-cli --cluster reshard` does.
   *
   * It begins and ends when all nodes agree on slots and epochs, as `agree` says why.
   *
   * @param midway what happens while both serve the slot and no key has moved. Where it made the target's replica the master,
   *   the move ends there.
   */
  move(key: string, midway?: (target: ClusterNode) => Promise<unknown>): Promise<void>
  /** Another master, without slots, that every node knows. It is none of `nodes`; `stop` stops it too. */
  newcomer(): Promise<ClusterNode>
  stop(): Promise<void>
}

/** Ports of a node: for clients and replicas, and for the other nodes' gossip. */
export interface Ports {
  data: number
  bus: number
}

const NODES = 6

export async function freeNodePorts(): Promise<Ports[]> {
  const free = await freePorts(2 * NODES)
  return Array.from({ length: NODES }, (_, i) => ({ data: free[i] ?? 0, bus: free[i + NODES] ?? 0 }))
}

export async function startCluster(password: string, ...args: string[]): Promise<RedisCluster> {
  const ports = await freeNodePorts()
  return launchCluster(password, ports, ports, args)
}

/** @param announced where clients and other nodes find each; its own ports, or those of gates before them */
export async function launchCluster(
  password: string,
  own: Ports[],
  announced: Ports[],
  args: string[],
): Promise<RedisCluster> {
  const nodes: ClusterNode[] = []
  const newcomers: ClusterNode[] = []
  const stop = async () => {
    const all = [...nodes, ...newcomers]
    for (const { admin } of all) admin.disconnect()
    await Promise.all(all.map(({ server }) => server.stop()))
  }
  try {
    await Promise.all(
      own.map(async (ports, i) => {
        nodes[i] = await startNode(ports, announced[i] ?? ports, password, args)
      }),
    )
    await join(nodes, announced)
  } catch (error) {
    await stop()
    throw error
  }
  const running = () => nodes.filter(({ server }) => server.running)
  // One that is frozen answers nobody, and runs.
  const first = <T>(ask: (node: ClusterNode) => Promise<T>): Promise<T> => Promise.any(running().map(ask))
  // A replica hears last of slots that have moved.
  const known = (): Promise<Known[]> =>
    first(async node => {
      const all = await nodesKnownTo(node, nodes)
      if (!isMaster(all, node)) throw new Error('a replica')
      return all
    })
  const masters = async () =>
    (await known())
      .filter(({ flags, slots }) => flags.includes('master') && !flags.includes('fail') && slots.length > 0)
      .sort((a, b) => Number.parseInt(a.slots[0] ?? '', 10) - Number.parseInt(b.slots[0] ?? '', 10))
      .map(({ node }) => node)
  const masterOf = async (key: string) => {
    const slot = Number(await first(({ admin }) => admin.cluster('KEYSLOT', key)))
    const of = (await known()).find(
      ({ flags, slots }) =>
        flags.includes('master') &&
        slots.some(range => {
          const [from = -1, to = from] = range.split('-').map(Number)
          return slot >= from && slot <= to
        }),
    )
    if (!of) throw new Error(`nobody serves slot ${slot}`)
    return of.node
  }
  const addresses = nodes.map(({ port }) => ({ host: '127.0.0.1', port }))
  return {
    nodes,
    addresses,
    redis: { password, cluster: { nodes: addresses.slice(0, 3) } },
    masters,
    replicasOf: async master =>
      (await known()).filter(({ masterId }) => masterId === master.id).map(({ node }) => node),
    masterOf,
    settled: () => settled(running()),
    async onEach(...[command = '', ...rest]) {
      await Promise.all(running().map(({ admin }) => admin.call(command, ...rest)))
    },
    async move(key, midway) {
      const from = await masterOf(key)
      let to = (await masters()).find(one => one !== from) as ClusterNode
      await openSlot(key, from, to)
      if (midway) {
        await midway(to)
        await settled(running())
        const { masterId } = (await known()).find(({ node }) => node === to) as Known
        to = nodes.find(({ id }) => id === masterId) ?? to
        await openSlot(key, from, to)
      }
      await moveSlot(key, from, to, await masters(), password)
      await settled(running())
      await pause(UNDER_WAY_MS)
    },
    async newcomer() {
      const [data = 0, bus = 0] = await freePorts(2)
      const node = await startNode({ data, bus }, { data, bus }, password, args)
      newcomers.push(node)
      await meet(node, bus, running())
      return node
    },
    stop,
  }
}

/** Both serve the slot of this key from now on: its owner the keys that it has, the other one those that the owner has not. */
async function openSlot(key: string, from: ClusterNode, to: ClusterNode): Promise<void> {
  const slot = String(await from.admin.cluster('KEYSLOT', key))
  await to.admin.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id)
  await from.admin.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to.id)
}

async function moveSlot(
  key: string,
  from: ClusterNode,
  to: ClusterNode,
  masters: ClusterNode[],
  password: string,
): Promise<void> {
  const slot = String(await from.admin.cluster('KEYSLOT', key))
  const next = () => from.admin.call('CLUSTER', 'GETKEYSINSLOT', slot, '50') as Promise<string[]>
  for (let keys = await next(); keys.length > 0; keys = await next()) {
    await from.admin.call(
      ...['MIGRATE', '127.0.0.1', String(to.port), '', '0', '1000', 'AUTH', password, 'KEYS'],
      ...keys,
    )
  }
  // The new owner first, or nobody would serve the slot for a moment.
  for (const { admin } of [to, ...masters.filter(master => master !== to)]) {
    await admin.call('CLUSTER', 'SETSLOT', slot, 'NODE', to.id)
  }
}

/** A cluster of one node that serves all slots. */
export async function startLoneNode(port: number, busPort: number, ...args: string[]): Promise<RedisServer> {
  const server = await startRedis(
    ...['--port', String(port), '--bind', '127.0.0.1'],
    ...['--cluster-enabled', 'yes', '--cluster-port', String(busPort)],
    ...['--cluster-announce-ip', '127.0.0.1', ...args],
  )
  const admin = new Redis({ path: server.path })
  try {
    await admin.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
    await eventually(async () => String(await admin.cluster('INFO')).includes('cluster_state:ok'))
  } catch (error) {
    await server.stop()
    throw error
  } finally {
    admin.disconnect()
  }
  return server
}

async function startNode(
  { data: port, bus }: Ports,
  announced: Ports,
  password: string,
  args: string[],
): Promise<ClusterNode> {
  const server = await startRedis(
    ...['--port', String(port), '--bind', '127.0.0.1'],
    ...['--cluster-enabled', 'yes', '--cluster-port', String(bus), '--cluster-node-timeout', '1500'],
    ...['--cluster-replica-validity-factor', '0', '--cluster-announce-ip', '127.0.0.1'],
    ...['--cluster-announce-port', String(announced.data)],
    ...['--cluster-announce-bus-port', String(announced.bus)],
    ...['--repl-diskless-sync-delay', '0', '--repl-ping-replica-period', '1'],
    ...['--requirepass', password, '--masterauth', password, ...args],
  )
  const admin = new Redis({ path: server.path, password })
  admin.on('error', () => {})
  return { server, port: announced.data, id: String(await admin.cluster('MYID')), admin }
}

async function join(nodes: ClusterNode[], ports: Ports[]): Promise<void> {
  const [masters, replicas] = [nodes.slice(0, 3), nodes.slice(3)]
  const bounds = [0, 5461, 10_923, 16_384]
  for (const [i, { admin }] of nodes.entries()) {
    await admin.call('CLUSTER', 'SET-CONFIG-EPOCH', String(i + 1))
    if (i < 3) {
      await admin.call('CLUSTER', 'ADDSLOTSRANGE', String(bounds[i]), String((bounds[i + 1] ?? 0) - 1))
    }
  }
  // A handshake that a busy machine lets time out is not tried again by itself.
  let met = 0
  await eventually(async () => {
    const now = performance.now()
    if (now - met > MEET_AGAIN_MS) {
      met = now
      for (const { admin } of nodes) {
        for (const { data, bus } of ports) {
          await admin.call('CLUSTER', 'MEET', '127.0.0.1', String(data), String(bus))
        }
      }
    }
    const told = await Promise.all(nodes.map(({ admin }) => admin.cluster('INFO')))
    return told.every(info => String(info).includes(`cluster_known_nodes:${nodes.length}`))
  }, 20)
  for (const [i, { admin }] of replicas.entries()) {
    const id = masters[i]?.id ?? ''
    // It must have heard of its master first.
    await eventually(() => admin.call('CLUSTER', 'REPLICATE', id).then(Boolean, () => false))
  }
  await settled(nodes)
}

const MEET_AGAIN_MS = 3000

/** Resolves once all know it, and it serves. */
async function meet({ id, port, admin }: ClusterNode, bus: number, nodes: ClusterNode[]): Promise<void> {
  let met = 0
  await eventually(async () => {
    const now = performance.now()
    if (now - met > MEET_AGAIN_MS) {
      met = now
      for (const node of nodes) {
        await node.admin.call('CLUSTER', 'MEET', '127.0.0.1', String(port), String(bus))
      }
    }
    const told = await Promise.all(nodes.map(node => node.admin.call('CLUSTER', 'NODES')))
    const info = String(await admin.cluster('INFO'))
    return told.every(known => String(known).includes(id)) && info.includes('cluster_state:ok')
  }, 20)
}

/** For packets that were under way while the nodes came to agree: their order between two connections is free. */
const UNDER_WAY_MS = 250

/** Its nodes agree on who serves which slots, and all replicas are in step. Fails with what each node says. */
async function settled(running: ClusterNode[]): Promise<void> {
  const isSettled = async () => (await agree(running)) && (await every(running, isInStep(running.length - 3)))
  await eventually(isSettled, 20).catch(async () => {
    const told = await Promise.all(running.map(told => describe(told)))
    throw new Error(`the cluster did not settle within 20 s:\n${told.join('\n')}`)
  })
}

async function every(nodes: ClusterNode[], so: (node: ClusterNode) => Promise<boolean>): Promise<boolean> {
  return (await Promise.all(nodes.map(so))).every(Boolean)
}

function isInStep(replicas: number): (node: ClusterNode) => Promise<boolean> {
  return async ({ admin }) => {
    const info = String(await admin.cluster('INFO'))
    const known = String(await admin.call('CLUSTER', 'NODES'))
    const replication = await admin.info('replication')
    return (
      info.includes('cluster_state:ok') &&
      info.includes('cluster_slots_ok:16384') &&
      known.split('\n').filter(line => / slave /.test(line.replace('myself,', ''))).length >= replicas &&
      !replication.includes('master_link_status:down')
    )
  }
}

async function describe({ port, admin }: ClusterNode): Promise<string> {
  const [info, known] = [String(await admin.cluster('INFO')), String(await admin.call('CLUSTER', 'NODES'))]
  const [state] = /cluster_state:\w+/.exec(info) ?? []
  const [link] = /master_link_status:\w+/.exec(await admin.info('replication')) ?? []
  return `${port}: ${state} ${link ?? ''}\n${known}`
}

function isMaster(known: Known[], node: ClusterNode): boolean {
  return known.some(one => one.node === node && one.flags.includes('master'))
}

/**
 * On slots and on epochs, the replicas too. Who has not heard of a slot's last move believes an older packet about it after
 * the next move, and says so to the slot's owner: then each of two masters says that the other one serves it, for ever.
 */
async function agree(running: ClusterNode[]): Promise<boolean> {
  const views = await Promise.all(running.map(node => nodesKnownTo(node, running)))
  const told = views.map(known => known.filter(({ flags }) => flags.includes('master')))
  const [first = []] = told
  const isUnique = new Set(first.map(({ epoch }) => epoch)).size === first.length
  return isUnique && new Set(told.map(mapOf)).size === 1
}

function mapOf(masters: Known[]): string {
  const lines = masters.map(
    ({ node, epoch, slots }) => `${node.id} ${epoch} ${slots.filter(range => !range.startsWith('['))}`,
  )
  return lines.sort().join('\n')
}

interface Known {
  node: ClusterNode
  flags: string[]
  masterId: string
  epoch: string
  slots: string[]
}

async function nodesKnownTo({ admin }: ClusterNode, nodes: ClusterNode[]): Promise<Known[]> {
  const lines = String(await admin.call('CLUSTER', 'NODES'))
    .trim()
    .split('\n')
  return lines.flatMap(line => {
    const [id, , flags = '', masterId = '', , , epoch = '', , ...slots] = line.split(' ')
    const node = nodes.find(known => known.id === id)
    return node ? [{ node, flags: flags.split(','), masterId, epoch, slots }] : []
  })
}
