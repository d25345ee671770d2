import { BASELINE, OURS } from '../contestants/index.mjs'
import { startFleet, stopFleet } from '../fleet.mjs'
import { PARTS } from '../profile.mjs'
import { digits, inTurn, median, spread } from '../statistics.mjs'

const CONNECTIONS = [1, 64]
const SESSIONS = 4
const NAMES = [BASELINE, OURS, 'latchkey-unlocked']

export default {
  id: 'h',
  title: 'Where the time of an ordinary request goes',
  how:
    'The same requests as in a, with the sampling profiler of V8 in the server, which slows all of them. Each sample counts ' +
    'for what ran at that moment itself, without what it called.',

  async run({ redis, load, rounds, quick, steps }) {
    const seconds = quick ? 0.6 : 4
    const step = steps(NAMES.length * (rounds * CONNECTIONS.length + 1))
    const fleet = await startFleet(NAMES, redis)
    const measure = async (name, connections, seconds) => {
      await redis.flush()
      const [server] = fleet.get(name)
      await load.ask('prepare', { port: server.port, connections, sessions: SESSIONS })
      await server.ask('startProfile')
      const { requests, wrong, examples } = await load.ask('steady', { seconds })
      const spent = await server.ask('stopProfile')
      return { requests, wrong, examples, spent }
    }
    for (const name of NAMES) {
      step(`${name}, warm-up`)
      await measure(name, 16, quick ? 0.5 : 3)
    }
    const results = []
    for (let round = 0; round < rounds; round += 1) {
      for (const name of inTurn(NAMES, round)) {
        for (const connections of CONNECTIONS) {
          step(`${name}, ${connections} at once, round ${round + 1}`)
          results.push({ round, name, connections, ...(await measure(name, connections, seconds)) })
        }
      }
    }
    await stopFleet(fleet)
    return results
  },

  report(results, label) {
    const each = (part, name, connections) =>
      results
        .filter(r => r.name === name && r.connections === connections)
        .map(({ spent, requests }) => spent[part] / requests)
    return {
      tables: CONNECTIONS.map(connections => ({
        caption: `${connections} at once, µs per request`,
        columns: ['', ...NAMES.map(name => label[name]), 'Latchkey − connect-redis'],
        rows: Object.keys(PARTS).map(part => [
          part,
          ...NAMES.map(name => spread(each(part, name, connections))),
          digits(median(each(part, OURS, connections)) - median(each(part, BASELINE, connections))),
        ]),
      })),
      notes: [
        'connect-redis comes with node-redis, Latchkey with ioredis. Latchkey tells express-session whether a session changed, ' +
          'which otherwise serializes and hashes it to find out.',
      ],
      verdicts: [],
      wrong: results
        .filter(r => r.wrong > 0)
        .map(r => `${r.name}: ${r.wrong} wrong, ${r.examples.join('; ')}`),
      charts: [],
    }
  },
}
