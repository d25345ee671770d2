import { get, newSession, openConnection } from '../client.mjs'
import { BASELINE, NAMES, OURS } from '../contestants/index.mjs'
import { startFleet, stopFleet } from '../fleet.mjs'
import { digits, median, spread } from '../statistics.mjs'

const KB = 1024
const SIZES = [0.5, 2, 6, 20]
const SESSIONS = { full: 40, quick: 8 }

export default {
  id: 'f',
  title: 'Memory',
  how:
    'Bytes per session in Redis: MEMORY USAGE of every key that a stored session leaves, names included, with carts of ' +
    'that many KB of JSON (1 KB is 1,024 bytes), each different.',

  async run({ redis, quick, steps }) {
    const step = steps(NAMES.length)
    const results = []
    for (const name of NAMES) {
      step(name)
      const fleet = await startFleet([name], redis)
      const connection = { agent: openConnection(), port: fleet.get(name)[0].port }
      for (const size of SIZES) {
        const used = []
        for (let n = 0; n < SESSIONS[quick ? 'quick' : 'full']; n += 1) {
          await redis.flush()
          // Two requests: a session that only was made may lack fields that every later one has.
          const { cookie } = await newSession(connection, '/visits')
          const { body } = await get({ ...connection, path: `/fill?bytes=${size * KB}`, cookie })
          if (body.bytes !== size * KB) throw new Error(`${name}: ${JSON.stringify(body)}`)
          used.push(await usage(redis.client))
        }
        results.push({ name, size, used })
      }
      connection.agent.destroy()
      await stopFleet(fleet)
    }
    return results
  },

  report(results, label) {
    const of = (name, size) => results.find(r => r.name === name && r.size === size).used
    const ratio = (name, size) => median(of(name, size)) / median(of(BASELINE, size))
    return {
      tables: [
        {
          caption: 'Bytes per session',
          columns: ['', ...SIZES.flatMap(size => [`${size} KB`, 'ratio'])],
          rows: NAMES.map(name => [
            label[name],
            ...SIZES.flatMap(size => [spread(of(name, size)), digits(ratio(name, size))]),
          ]),
        },
      ],
      notes: [
        'No key of a lock is left behind. Redis rounds an allocation up to the next of its sizes, hence steps. ' +
          'How well a session compresses depends on what is in it; these are the carts of `bench/rivals/cart.mjs`.',
      ],
      verdicts: SIZES.filter(size => size >= 2).map(size => {
        const is = ratio(OURS, size)
        return { what: `${size} KB, against connect-redis`, must: '< 1', is: digits(is), met: is < 1 }
      }),
      wrong: [],
      charts: [
        {
          file: 'memory.svg',
          title: 'Memory of a session in Redis, by the size of its JSON',
          unit: ' KB',
          groups: [BASELINE, OURS, 'latchkey-uncompressed'].map(name => ({
            name: label[name],
            ours: name === OURS,
            bars: SIZES.map(size => ({ series: `${size} KB`, value: median(of(name, size)) / KB })),
          })),
        },
      ],
    }
  },
}

async function usage(client) {
  const keys = await client.keys('*')
  // ioredfour counts all locks ever taken in one key for all sessions.
  const own = keys.filter(key => key !== 'lockindex')
  const sizes = await Promise.all(own.map(key => client.memory('USAGE', key, 'SAMPLES', 0)))
  return sizes.reduce((sum, size) => sum + size, 0)
}
