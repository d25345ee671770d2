import { get, newSession, openConnection } from '../client.mjs'
import { BASELINE, NAMES, OURS } from '../contestants/index.mjs'
import { startFleet, stopFleet } from '../fleet.mjs'
import { digits, median, spread } from '../statistics.mjs'

const KB = 1024
/** A session that holds little more than a login, in KB. */
const SMALL = 350 / KB
const SIZES = [SMALL, 0.5, 2, 6, 20]
const named = size => (size === SMALL ? `${size * KB} bytes` : `${size} KB`)

/** Latchkey again, on a server with this setting. */
const TUNED = 'latchkey-listpack'
const LISTPACK = { name: 'hash-max-listpack-value', bytes: 1024 }
const SETTING = `${LISTPACK.name} ${LISTPACK.bytes}`
const ROWS = [...NAMES, TUNED]
const SESSIONS = { full: 40, quick: 8 }

export default {
  id: 'f',
  title: 'Memory',
  how:
    'Bytes per session in Redis: MEMORY USAGE of every key that a stored session leaves, names included, with carts of ' +
    'that much JSON (1 KB is 1,024 bytes), each different. ' +
    `In the last row the server has \`${SETTING}\`.`,

  async run({ redis, quick, steps }) {
    const step = steps(ROWS.length)
    const results = []
    for (const name of ROWS) {
      step(name)
      const contestant = name === TUNED ? OURS : name
      const restore = name === TUNED ? await configure(redis.client, LISTPACK) : undefined
      const fleet = await startFleet([contestant], redis)
      const connection = { agent: openConnection(), port: fleet.get(contestant)[0].port }
      for (const size of SIZES) {
        const used = []
        for (let n = 0; n < SESSIONS[quick ? 'quick' : 'full']; n += 1) {
          await redis.flush()
          // Two requests: a session that only was made may lack fields that every later one has.
          const { cookie } = await newSession(connection, '/visits')
          const { body } = await get({ ...connection, path: `/fill?bytes=${size * KB}`, cookie })
          if (body.bytes !== size * KB) throw new Error(`${name}: ${JSON.stringify(body)}`)
          used.push(await usage(redis.client))
          const stored = await get({ ...connection, path: '/filled', cookie })
          if (stored.body.bytes !== size * KB) throw new Error(`${name} did not store ${named(size)}`)
        }
        results.push({ name, size, used })
      }
      connection.agent.destroy()
      await stopFleet(fleet)
      await restore?.()
    }
    return results
  },

  report(results, label) {
    const sizes = SIZES.filter(size => results.some(r => r.size === size))
    const rows = ROWS.filter(name => results.some(r => r.name === name))
    const of = (name, size) => results.find(r => r.name === name && r.size === size).used
    const ratio = (name, size) => median(of(name, size)) / median(of(BASELINE, size))
    const small = () => {
      const is = ratio(OURS, SMALL)
      return {
        what: `${named(SMALL)}, against connect-redis`,
        must: '≤ 1.3',
        is: digits(is),
        met: is <= 1.3,
        bound: `with ${SETTING}: ${digits(ratio(TUNED, SMALL))}`,
      }
    }
    return {
      tables: [
        {
          caption: 'Bytes per session',
          columns: ['', ...sizes.flatMap(size => [named(size), 'ratio'])],
          rows: rows.map(name => [
            name === TUNED ? `${label[OURS]}, ${SETTING}` : label[name],
            ...sizes.flatMap(size => [spread(of(name, size)), digits(ratio(name, size))]),
          ]),
        },
      ],
      notes: [
        'No key of a lock is left behind. Redis rounds an allocation up to the next of its sizes, hence steps. ' +
          'How well a session compresses depends on what is in it; these are the carts of `bench/rivals/cart.mjs`.',
        `A hash is one block of memory as long as no field of it is longer than \`${LISTPACK.name}\`, 64 bytes unless it is set; ` +
          'with a longer one it becomes a table, which takes more. The setting is for all hashes of the server.',
      ],
      verdicts: [
        ...(sizes.includes(SMALL) ? [small()] : []),
        ...sizes
          .filter(size => size >= 2)
          .map(size => {
            const is = ratio(OURS, size)
            return { what: `${named(size)}, against connect-redis`, must: '< 1', is: digits(is), met: is < 1 }
          }),
      ],
      wrong: [],
      charts: [
        {
          file: 'memory.svg',
          title: 'Memory of a session in Redis, by the size of its JSON',
          unit: ' KB',
          groups: [BASELINE, OURS, 'latchkey-uncompressed'].map(name => ({
            name: label[name],
            ours: name === OURS,
            bars: sizes.map(size => ({ series: named(size), value: median(of(name, size)) / KB })),
          })),
        },
      ],
    }
  },
}

/** @returns sets it back */
async function configure(client, { name, bytes }) {
  const [, before] = await client.config('GET', name)
  await client.config('SET', name, bytes)
  return () => client.config('SET', name, before)
}

async function usage(client) {
  const keys = await client.keys('*')
  // ioredfour counts all locks ever taken in one key for all sessions.
  const own = keys.filter(key => key !== 'lockindex')
  const sizes = await Promise.all(own.map(key => client.memory('USAGE', key, 'SAMPLES', 0)))
  return sizes.reduce((sum, size) => sum + size, 0)
}
