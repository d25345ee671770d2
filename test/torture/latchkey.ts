import { loadOptions } from '../../src/config/load.ts'
import type { OptionsInput } from '../../src/config/options.ts'
import { createSessions, type Sessions, type Store } from '../../src/index.ts'
import { createClient } from '../../src/redis/client.ts'
import { RedisStore } from '../../src/redis/redis-store.ts'
import type { Acquired, Ask } from '../../src/store.ts'
import { eventually } from '../support/sessions.ts'
import { now } from './history.ts'
import type { Notes } from './subject.ts'

/**
 * Sessions as `createSessions` makes them, whose store tells what it answers to those who ask for a lock.
 *
 * @param warm what its sessions' ids begin with. A process hears of its locks from its first wait on, and until it does others pass it over;
 *   it waits there once, so that the load finds it listening
 */
export async function latchkey(input: OptionsInput, notes: Notes, warm?: string): Promise<Sessions> {
  const { prefix, redis } = await loadOptions(input)
  const store = new RedisStore(createClient(redis), {
    prefix,
    commandTimeout: redis.commandTimeout * 1000,
    server: 'Redis',
    changed: () => {},
  })
  const sessions = await createSessions({ logLevel: 'silent', ...input }, { store: noted(store, notes) })
  // Under load it may be connected later than a request would wait.
  await eventually(() => sessions.ping().then(() => true, () => false), 30) // biome-ignore format: one step
  if (warm === undefined) return sessions
  // Each try has a session of its own: what an unanswered one left may be locked.
  let tries = 0
  await eventually(() => waitOnce(sessions, `${warm}-${tries++}`).then(() => true, () => false), 30) // biome-ignore format: one step
  return sessions
}

async function waitOnce(sessions: Sessions, id: string): Promise<void> {
  const first = sessions.create(id)
  first.data = { warm: true }
  await first.commit({ keep: true })
  const waits = sessions.open(id)
  while ((await sessions.inspect(id))?.waiters !== 1) await new Promise(resolve => setImmediate(resolve))
  await first.release()
  await (await waits).destroy()
}

function noted(store: Store, notes: Notes): Store {
  const acquire = async (name: string, ask: Ask): Promise<Acquired> => {
    const asked = now()
    const got = await store.acquire(name, ask)
    const { request } = ask
    if (got.outcome === 'queued') notes.looked(request, asked, got.holder.request)
    const took = got.outcome === 'queued' || got.outcome === 'granted' ? got.took : undefined
    // One that was reset was free.
    if (took && took.because !== 'reset') notes.took(request, asked, took.from.request, took.because)
    return got
  }
  return new Proxy(store, {
    get(target, name) {
      if (name === 'acquire') return acquire
      const value = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
