import type { ChildProcess } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import type { OptionsInput } from '../../src/index.ts'
import { type Gate, startGate } from './gate.ts'
import { end, launch } from './launch.ts'
import { freePorts } from './ports.ts'
import { type RedisServer, startRedis } from './redis-server.ts'
import { eventually } from './sessions.ts'

export interface Replicated {
  readonly server: RedisServer
  readonly port: number
  readonly admin: Redis
}

export interface Sentinel {
  readonly port: number
  readonly admin: Redis
  kill(signal: NodeJS.Signals): void
}

export interface Passwords {
  servers: string
  sentinels: string
}

/** One master and two replicas that three sentinels watch, the servers behind one password and the sentinels behind another. */
export interface SentinelGroup {
  /** Through it alone sentinels and replicas reach the first master; `servers[0].port` leads past it. */
  readonly gate: Gate
  readonly servers: Replicated[]
  readonly sentinels: Sentinel[]
  readonly addresses: { host: string; port: number }[]
  /** How a shop finds the master. */
  readonly redis: OptionsInput['redis']
  /** The server that the sentinels call the master now. */
  master(): Promise<Replicated>
  /** Resolves once a server other than `old` is the master for every sentinel that answers, and its own replicas follow it. */
  changed(old: Replicated): Promise<Replicated>
  failover(): Promise<void>
  /** Milliseconds without an answer after which the sentinels call a server down; 700 at the beginning. */
  downAfter(ms: number): Promise<void>
  /** Resolves once both other servers follow the master and every sentinel is at rest; a sentinel takes ten seconds to tell a deposed one. */
  inStep(): Promise<void>
  stop(): Promise<void>
}

export const MASTER = 'shop'
export const PASSWORDS: Passwords = { servers: 'secret', sentinels: 'other-secret' }

export async function startSentinels(passwords: Passwords, ...args: string[]): Promise<SentinelGroup> {
  const [viaPort = 0, ...ports] = await freePorts(7)
  const gate = await startGate(ports[0] ?? 0, viaPort)
  const servers: Replicated[] = []
  const sentinels: RunningSentinel[] = []
  const stop = async () => {
    for (const { admin } of [...servers, ...sentinels]) admin.disconnect()
    await Promise.all([...sentinels.map(stopSentinel), ...servers.map(({ server }) => server.stop())])
    await gate.stop()
  }
  try {
    for (const [i, port] of ports.slice(0, 3).entries()) {
      const role =
        i === 0 ? ['--replica-announce-port', String(viaPort)] : ['--replicaof', `127.0.0.1 ${viaPort}`]
      servers.push(await startServer(port, passwords.servers, [...role, ...args]))
    }
    await Promise.all(
      ports.slice(3).map(async (port, i) => {
        sentinels[i] = await startSentinel(port, viaPort, passwords)
      }),
    )
    await eventually(() => allKnow(sentinels), 20)
  } catch (error) {
    await stop()
    throw error
  }
  const named = async ({ admin }: Sentinel): Promise<Replicated | undefined> => {
    const answer = await admin.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', MASTER).catch(() => undefined)
    const port = Number((answer as string[] | undefined)?.[1])
    return servers.find(server => server.port === port) ?? (port === viaPort ? servers[0] : undefined)
  }
  const answering = () => sentinels.filter(({ child }) => child.exitCode === null && !child.killed)
  const inStep = async () => {
    const [first] = answering()
    const master = first && (await named(first))
    for (const { server, admin } of servers) {
      if (!server.running) await server.restart()
      if (!master || admin === master.admin) continue
      const { port } = master
      await eventually(() => admin.replicaof('127.0.0.1', port).then(Boolean, () => false))
    }
    await eventually(async () => {
      const said = String(await master?.admin.info('replication'))
      return said.split('state=online').length === 3 && /role:master/.test(said)
    }, 20)
    // One that leads a failover names the new master before it is over.
    await eventually(() => allKnow(answering()), 20)
  }
  const addresses = sentinels.map(({ port }) => ({ host: '127.0.0.1', port }))
  return {
    inStep,
    gate,
    servers,
    sentinels,
    addresses,
    redis: {
      password: passwords.servers,
      sentinel: { name: MASTER, nodes: addresses, password: passwords.sentinels },
    },
    async master() {
      const first = answering()[0]
      const master = first && (await named(first))
      if (!master) throw new Error('the sentinels know no master')
      return master
    },
    async changed(old) {
      let now: Replicated | undefined
      await eventually(async () => {
        const all = await Promise.all(answering().map(named))
        now = all[0]
        if (!now || now === old || all.some(one => one !== now)) return false
        return (await now.admin.info('replication')).includes('role:master')
      }, 25)
      return now as unknown as Replicated
    },
    async failover() {
      const [first] = answering()
      // A failover right after another one is refused until that one is over.
      await eventually(
        () => first?.admin.call('SENTINEL', 'FAILOVER', MASTER).then(Boolean, () => false) ?? false,
        25,
      )
    },
    async downAfter(ms) {
      await Promise.all(
        sentinels.map(({ admin }) =>
          admin.call('SENTINEL', 'SET', MASTER, 'down-after-milliseconds', String(ms)),
        ),
      )
    },
    stop,
  }
}

async function startServer(port: number, password: string, args: string[]): Promise<Replicated> {
  const server = await startRedis(
    ...['--port', String(port), '--bind', '127.0.0.1'],
    ...['--requirepass', password, '--masterauth', password],
    ...['--repl-diskless-sync-delay', '0', '--repl-ping-replica-period', '1', ...args],
  )
  const admin = new Redis({ path: server.path, password })
  admin.on('error', () => {})
  return { server, port, admin }
}

interface RunningSentinel extends Sentinel {
  readonly folder: string
  readonly child: ChildProcess
}

async function startSentinel(port: number, watched: number, passwords: Passwords): Promise<RunningSentinel> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-sentinel-'))
  const path = join(folder, 'sentinel.conf')
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    `requirepass ${passwords.sentinels}`,
    `sentinel sentinel-pass ${passwords.sentinels}`,
    `sentinel monitor ${MASTER} 127.0.0.1 ${watched} 2`,
    `sentinel auth-pass ${MASTER} ${passwords.servers}`,
    `sentinel down-after-milliseconds ${MASTER} 700`,
    `sentinel failover-timeout ${MASTER} 3000`,
  ]
  await writeFile(path, `${lines.join('\n')}\n`)
  const { child, ready } = launch([path, '--sentinel'], {
    port,
    host: '127.0.0.1',
    password: passwords.sentinels,
  })
  await ready
  const admin = new Redis({ port, host: '127.0.0.1', password: passwords.sentinels })
  admin.on('error', () => {})
  return { port, admin, folder, child, kill: signal => void child.kill(signal) }
}

async function stopSentinel({ child, folder }: RunningSentinel): Promise<void> {
  await end(child)
  await rm(folder, { recursive: true, force: true })
}

/** Each sentinel knows the two replicas and the two other sentinels, and has been heard by them. */
async function allKnow(sentinels: Sentinel[]): Promise<boolean> {
  const all = await Promise.all(
    sentinels.map(async ({ admin }) => {
      const flat = (await admin.call('SENTINEL', 'MASTER', MASTER)) as string[] | Record<string, string>
      const said = (name: string) =>
        Array.isArray(flat) ? flat[flat.indexOf(name) + 1] : (flat as Record<string, string>)[name]
      return said('num-slaves') === '2' && said('num-other-sentinels') === '2' && said('flags') === 'master'
    }),
  )
  return all.every(Boolean)
}
