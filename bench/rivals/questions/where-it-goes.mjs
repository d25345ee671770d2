import { BASELINE, OURS } from '../contestants/index.mjs'
import { PARTS } from '../profile.mjs'
import { digits, median, spread } from '../statistics.mjs'
import { CONNECTIONS, steadily } from '../steady.mjs'

const NAMES = [BASELINE, OURS, 'latchkey-unlocked']

export default {
  id: 'h',
  title: 'Where the time of an ordinary request goes',
  how:
    'The same requests as in a, with the sampling profiler of V8 in the server, which slows all of them. Each sample counts ' +
    'for what ran at that moment itself, without what it called.',

  run: run =>
    steadily(NAMES, run, async server => {
      await server.ask('startProfile')
      return async () => ({ spent: await server.ask('stopProfile') })
    }),

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
        'connect-redis comes with node-redis, Latchkey with ioredis. Latchkey is its middleware for Express, without ' +
          'express-session, which serializes and hashes a session to find out whether it changed.',
      ],
      verdicts: [],
      wrong: results
        .filter(r => r.wrong > 0)
        .map(r => `${r.name}: ${r.wrong} wrong, ${r.examples.join('; ')}`),
      charts: [],
    }
  },
}
