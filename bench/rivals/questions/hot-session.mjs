import { BASELINE, NAMES, OURS } from '../contestants/index.mjs'
import { startFleet, stopFleet } from '../fleet.mjs'
import { digits, inTurn, judged, spread, summary } from '../statistics.mjs'

const REQUESTS = 200
const CONCURRENCY = 50
const EXPECTED = REQUESTS + 1
const SETTINGS = [
  { servers: 1, ms: 0 },
  { servers: 4, ms: 0 },
  { servers: 1, ms: 10 },
  { servers: 4, ms: 10 },
]
/** Seconds, times the ideal: the issue's bounds with 10 ms of work. */
const BOUNDS = { 1: 1.06, 4: 1.1 }

export default {
  id: 'c',
  title: 'A hot session',
  how:
    `One request, then ${REQUESTS} more of the same visitor, ${CONCURRENCY} at once, with 0 or 10 ms of work inside the ` +
    `lock, on one server process and on four. The counter must be ${EXPECTED} and every answer 200; where they are not, ` +
    'the row says FAILURE in place of a time, for the time of a wrong result is worth nothing.',

  async run({ redis, load, rounds, quick, steps }) {
    const step = steps(rounds * (NAMES.length * SETTINGS.length + 2))
    const fleet = await startFleet(NAMES, redis, 4)
    const results = []
    const timers = []
    const serial = []
    const warmedUp = new Set()
    const visit = async (name, { servers, ms }, concurrency = CONCURRENCY) => {
      await redis.flush()
      const ports = fleet.get(name).map(({ port }) => port)
      const path = `/work?ms=${ms}`
      const which = { ports: ports.slice(0, servers), requests: REQUESTS, concurrency, path }
      return load.ask('hot', which)
    }
    for (let round = 0; round < rounds; round += 1) {
      step(`timers, round ${round + 1}`)
      timers.push(await fleet.get(OURS)[0].ask('timers', { times: quick ? 20 : REQUESTS, ms: 10 }))
      step(`one after the other, round ${round + 1}`)
      serial.push(await visit(BASELINE, { servers: 1, ms: 10 }, 1))
      for (const name of inTurn(NAMES, round)) {
        if (!warmedUp.has(name)) {
          for (let n = 0; n < (quick ? 1 : 4); n += 1) await visit(name, SETTINGS[1])
          warmedUp.add(name)
        }
        for (const setting of SETTINGS) {
          step(`${name}, ${setting.servers} × ${setting.ms} ms, round ${round + 1}`)
          results.push({ round, name, ...setting, ...(await visit(name, setting)) })
        }
      }
    }
    await stopFleet(fleet)
    return { results, serial, timers: timers.map(seconds => (quick ? seconds * 10 : seconds)) }
  },

  report({ results, serial, timers }, label) {
    const alone = serial.map(({ seconds }) => seconds)
    const of = (name, { servers, ms }) =>
      results.filter(r => r.name === name && r.servers === servers && r.ms === ms)
    const cell = (name, setting) =>
      failure(of(name, setting)) ?? spread(of(name, setting).map(r => r.seconds))
    const heading = ({ servers, ms }) => `${servers === 1 ? 'one process' : 'four processes'}, ${ms} ms`
    const ours = SETTINGS.flatMap(setting => of(OURS, setting))
    return {
      tables: [
        {
          caption: `Seconds for ${REQUESTS} requests`,
          columns: ['', ...SETTINGS.map(heading)],
          rows: NAMES.map(name => [label[name], ...SETTINGS.map(setting => cell(name, setting))]),
        },
      ],
      notes: [
        `${REQUESTS} times 10 ms are 2.0 s at best. As many timers of 10 ms one after the other, without any lock or ` +
          `Redis, took ${spread(timers)} s on this machine in the same rounds: Node's timers count whole milliseconds. The same requests one after the other on ${label[BASELINE]}, so that ` +
          `no request ever waits, took ${spread(alone)} s: what lies between two works of 10 ms is there without a lock too.`,
      ],
      verdicts: [
        {
          what: `counter ${EXPECTED} and all answers 200`,
          must: 'every time',
          is: `${ours.filter(isRight).length} of ${ours.length} times`,
          met: ours.every(isRight),
        },
        ...SETTINGS.filter(({ ms }) => ms > 0).map(setting => {
          const all = of(OURS, setting)
          const ideal = (REQUESTS * setting.ms) / 1000
          const bound = BOUNDS[setting.servers]
          const ratio = judged(
            all.map(r => r.seconds / ideal),
            each => each <= bound,
          )
          return {
            what: `${heading(setting)}: against ${digits(ideal)} s`,
            must: `≤ ${bound}`,
            ...ratio,
            ...(all.every(isRight) ? {} : { is: failure(all), met: false }),
            bound: `bare timers ${digits(summary(timers).median / ideal)}, one after the other without a lock ${digits(summary(alone).median / ideal)}`,
          }
        }),
      ],
      // A contestant without a lock is expected to lose updates; one with a lock that does is told in its row.
      wrong: [...ours.map(r => [OURS, r]), ...serial.map(r => ['one after the other', r])]
        .filter(([, r]) => !isRight(r))
        .map(([who, r]) => `${who}: ${why(r)}`),
      charts: [0, 10].map(ms => ({
        file: `hot-session-${ms}ms.svg`,
        title: `${REQUESTS} requests of one session, ${CONCURRENCY} at once, ${ms} ms of work inside`,
        unit: ' s',
        groups: NAMES.map(name => ({
          name: label[name],
          ours: name === OURS,
          bars: SETTINGS.filter(setting => setting.ms === ms).map(setting => {
            const all = of(name, setting)
            const { median: value, low, high } = summary(all.map(r => r.seconds))
            const series = setting.servers === 1 ? 'one process' : 'four processes'
            return { series, value, low, high, failure: failure(all)?.replaceAll('*', '') }
          }),
        })),
      })),
    }
  },
}

function isRight({ counter, statuses, distinct }) {
  return counter === EXPECTED && statuses[200] === REQUESTS && distinct === REQUESTS
}

function failure(all) {
  const failed = all.filter(r => !isRight(r))
  if (failed.length === 0) return undefined
  const { low, high } = summary(failed.map(r => r.counter))
  const others = failed.map(r => REQUESTS - (r.statuses[200] ?? 0))
  const refused = Math.max(...others) > 0 ? `, up to ${Math.max(...others)} answers not 200` : ''
  return `**FAILURE**: counter ${low === high ? low : `${low}–${high}`}${refused}, ${failed.length} of ${all.length} times`
}

function why({ counter, statuses, distinct }) {
  return `counter ${counter}, ${distinct} distinct answers, ${JSON.stringify(statuses)}`
}
