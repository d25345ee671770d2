import { BASELINE, DIRECT, ORDINARY, OURS } from '../contestants/index.mjs'
import { digits, judged, median, spread, summary } from '../statistics.mjs'
import { CONNECTIONS, SESSIONS, steadily } from '../steady.mjs'

/** The same without a lock: what is missing there too is not the lock's. */
const UNLOCKED = 'latchkey-unlocked'

/** Of connect-redis's throughput and p99, by requests at once. */
const BOUNDS = { 1: { least: 1.05, p99: 1.1 }, 64: { least: 1.5, p99: 0.8 } }

/** Least share of connect-redis's throughput for open + commit, by requests at once. */
const DIRECT_THROUGHPUT = { 1: 1.1, 64: 1.6 }

export default {
  id: 'a',
  title: 'What does locking cost an ordinary request?',
  how:
    'Express, a cart of nine items (about 6 KB of JSON) that each request reads and changes; every connection has ' +
    `${SESSIONS} sessions of its own in turn, so no request waits for another. Contestants take turns in every round. ` +
    'Latchkey is its middleware for Express, which takes the place of express-session; its store for express-session, and open + ' +
    'commit without any middleware, are rows beside it.',

  run: run =>
    steadily(ORDINARY, run, async server => {
      const before = await server.ask('cpu')
      return async () => ({ serverCpu: (await server.ask('cpu')) - before })
    }),

  report(results, label) {
    const names = ORDINARY.filter(name => results.some(r => r.name === name))
    const of = (name, connections) =>
      results.filter(r => r.name === name && r.connections === connections).sort((a, b) => a.round - b.round)
    const ratios = (name, connections, what) => {
      const base = of(BASELINE, connections)
      return of(name, connections).map((r, n) => r[what] / base[n][what])
    }
    const table = connections => ({
      caption: `${connections} at once`,
      columns: ['', 'requests/s', 'ratio', 'p50 ms', 'p99 ms', 'p99 ratio', 'server CPU ms/request'],
      rows: names.map(name => {
        const all = of(name, connections)
        return [
          label[name],
          spread(all.map(r => r.perSecond)),
          spread(ratios(name, connections, 'perSecond')),
          digits(median(all.map(r => r.p50))),
          spread(all.map(r => r.p99)),
          spread(ratios(name, connections, 'p99')),
          digits(median(all.map(r => (r.serverCpu * 1000) / r.requests))),
        ]
      }),
    })
    const direct = connections => {
      const least = DIRECT_THROUGHPUT[connections]
      return {
        what: `open + commit: throughput, ${connections} at once`,
        must: `≥ ${least}`,
        ...judged(ratios(DIRECT, connections, 'perSecond'), ratio => ratio >= least),
      }
    }
    const busy = connections => {
      const all = results.filter(r => r.connections === connections)
      return `${Math.round(100 * median(all.map(r => r.busy)))} %`
    }
    return {
      tables: CONNECTIONS.map(table),
      notes: [
        'Medians of the rounds, lowest and highest in brackets. Ratios are taken against connect-redis in the same ' +
          'round, and then their median.',
        `The load generator was busy for ${busy(1)} of the time at 1, ${busy(64)} at 64.`,
      ],
      verdicts: [
        ...CONNECTIONS.flatMap(connections => {
          const { least, p99: most } = BOUNDS[connections]
          const throughput = judged(ratios(OURS, connections, 'perSecond'), ratio => ratio >= least)
          const p99 = judged(ratios(OURS, connections, 'p99'), ratio => ratio <= most)
          const at = `${connections} at once`
          const unlocked = what => `with locking off: ${digits(median(ratios(UNLOCKED, connections, what)))}`
          return [
            { what: `throughput, ${at}`, must: `≥ ${least}`, ...throughput, bound: unlocked('perSecond') },
            { what: `p99, ${at}`, must: `≤ ${most}`, ...p99, bound: unlocked('p99') },
          ]
        }),
        ...(names.includes(DIRECT) ? CONNECTIONS.map(direct) : []),
      ],
      wrong: results
        .filter(r => r.wrong > 0)
        .map(r => `${r.name}: ${r.wrong} wrong, ${r.examples.join('; ')}`),
      charts: [
        {
          file: 'throughput.svg',
          title: 'Requests per second, as a share of connect-redis without a lock',
          unit: '×',
          mark: { at: 1, text: '1' },
          groups: names
            .filter(name => name !== BASELINE)
            .map(name => ({
              name: label[name],
              ours: name === OURS,
              bars: CONNECTIONS.map(connections => {
                const { median: value, low, high } = summary(ratios(name, connections, 'perSecond'))
                return { series: `${connections} at once`, value, low, high }
              }),
            })),
        },
      ],
    }
  },
}
