import { setTimeout as pause } from 'node:timers/promises'
import type { Loss } from '../history.ts'
import type { Lab } from '../lab.ts'
import { FILLER, WAKE_CHANNELS, writesOf } from '../layout.ts'
import type { Server } from '../server.ts'
import type { Single } from '../topologies/single.ts'
import { type Fault, seek } from './fault.ts'

type Act = (server: Server, lab: Lab<Single>) => Promise<unknown>

function fault(name: string, loss: Loss | undefined, act: Act): Fault<Single> {
  return {
    name,
    async strike(lab) {
      await lab.trouble(name, loss, () => act(lab.topology.server, lab))
      return true
    },
  }
}

/** Resolves when a session has been stored twice: the first of these was answered, and can be lost. */
async function written(server: Server, lab: Lab<Single>): Promise<void> {
  const ids = await Promise.all(lab.hot.map(name => lab.hotId(name)))
  const counts = () => Promise.all(ids.map(id => writesOf(server.admin, id)))
  const before = await counts()
  await seek(async () => {
    const now = await counts()
    return now.some((writes = 0, i) => writes >= (before[i] ?? 0) + 2) || undefined
  }, WRITTEN_MS)
}

/** Longer than the holders of all hot sessions can be stuck. */
const WRITTEN_MS = 10_000
const SERVER_PAUSE_MS = 1200
const FLOOD = 20_000

export const SERVER_FAULTS: Fault<Single>[] = [
  fault('Redis restarted, data kept', undefined, server => server.restart('kept')),
  fault('Redis restarted, data gone', 'all', server => server.restart('lost')),
  fault('Redis restarted with an old copy', 'rollback', async (server, lab) => {
    await server.admin.save()
    await written(server, lab)
    await pause(lab.random.between(50, 500))
    await server.restart('snapshot')
  }),
  fault('SCRIPT FLUSH', undefined, server => server.admin.script('FLUSH')),
  fault('CLIENT PAUSE', undefined, async server => {
    await server.admin.call('CLIENT', 'PAUSE', SERVER_PAUSE_MS, 'ALL')
    await pause(SERVER_PAUSE_MS)
  }),
  fault('CLIENT KILL', undefined, async server => {
    await server.admin.call('CLIENT', 'KILL', 'TYPE', 'normal')
    await server.admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
  }),
  fault('SIGSTOP of Redis', undefined, async server => {
    server.signal('SIGSTOP')
    await pause(SERVER_PAUSE_MS)
    server.signal('SIGCONT')
  }),
  fault('out of memory with noeviction', undefined, async (server, { random }) => {
    await server.admin.config('SET', 'maxmemory', '1')
    await pause(random.between(100, 800))
    await server.admin.config('SET', 'maxmemory', '0')
  }),
  fault('keys evicted under allkeys-lru', 'some', async server => {
    await server.admin.config('SET', 'maxmemory-policy', 'allkeys-lru')
    await server.admin.config('SET', 'maxmemory', '1')
    await pause(50)
    await server.admin.config('SET', 'maxmemory', '0')
    await server.admin.config('SET', 'maxmemory-policy', 'noeviction')
  }),
  fault('READONLY after a role change', undefined, async (server, { random }) => {
    await server.admin.replicaof('127.0.0.1', 1)
    await pause(random.between(100, 800))
    await server.admin.replicaof('NO', 'ONE')
  }),
  fault('LOADING', undefined, async server => {
    const filler = server.admin.pipeline()
    for (let i = 0; i < 300; i += 1) filler.set(`${FILLER}${i}`, 'x'.repeat(2000), 'EX', 60)
    await filler.exec()
    // Microseconds a key: the server says LOADING to everybody for most of a second.
    await server.admin.config('SET', 'key-load-delay', '2500')
    await server.admin.call('DEBUG', 'RELOAD')
    await server.admin.config('SET', 'key-load-delay', '0')
  }),
  fault('a pub/sub channel flooded', undefined, async (server, { places }) => {
    const channels = (await server.admin.pubsub('CHANNELS', WAKE_CHANNELS)) as string[]
    for (const channel of channels.slice(0, places.length)) {
      const flood = server.admin.pipeline()
      // Every tenth says that messages may have been lost, on which each waiter looks.
      for (let i = 0; i < FLOOD; i += 1) flood.publish(channel, i % 10 === 0 ? '' : `nobody|1|nonce.${i}`)
      await flood.exec()
    }
  }),
]
