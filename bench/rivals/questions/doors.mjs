import { get, newSession, openConnection } from '../client.mjs'
import { countCommands } from '../commands.mjs'
import { DOORS } from '../contestants/index.mjs'
import { startFleet, stopFleet } from '../fleet.mjs'
import { digits, inTurn, median, spread } from '../statistics.mjs'
import { CONNECTIONS, SESSIONS, steadily } from '../steady.mjs'

const NAMES = DOORS.flatMap(({ own, ours }) => [own, ours])
const OURS = DOORS.map(({ ours }) => ours)
const REQUESTS = 200
const CONCURRENCY = 50
const EXPECTED = REQUESTS + 1
const PATH = '/cart'

export default {
  id: 'i',
  title: 'The doors of all frameworks',
  how:
    "Latchkey for each framework beside that framework's own session with Redis. The page and the visitors are those of a, and " +
    "ratios are taken against the framework's own session in the same round. Commands are counted as in b. Then, as in c but on " +
    `this page: one request and ${REQUESTS} more of the same visitor, ${CONCURRENCY} at once, in one server process. The ` +
    `counter reaches ${EXPECTED} where no update is lost.`,

  async run(run) {
    const { redis, load, rounds, steps } = run
    const failed = {}
    const commands = {}
    const hot = []
    const works = []
    const step = steps(NAMES.length * (rounds + 2))
    const fleet = new Map()
    for (const name of NAMES) {
      step(`${name}, a try`)
      try {
        for (const [, servers] of await startFleet([name], redis)) fleet.set(name, servers)
        await tryOut(fleet.get(name)[0])
        works.push(name)
      } catch (error) {
        failed[name] = reasonOf(error)
      }
    }
    for (const name of works) {
      step(`${name}, commands`)
      commands[name] = await countCommands(fleet.get(name)[0], run, SESSIONS)
    }
    for (let round = 0; round < rounds; round += 1) {
      for (const name of inTurn(works, round)) {
        step(`${name}, one session, round ${round + 1}`)
        await redis.flush()
        const ports = fleet.get(name).map(({ port }) => port)
        const which = { ports, requests: REQUESTS, concurrency: CONCURRENCY, path: PATH }
        hot.push({ round, name, ...(await load.ask('hot', which)) })
      }
    }
    await stopFleet(fleet)
    const steady = await steadily(works, run, async () => async () => ({}))
    return { failed, commands, hot, steady }
  },

  report({ failed, commands, hot, steady }, label) {
    const of = (name, connections) =>
      steady.filter(r => r.name === name && r.connections === connections).sort((a, b) => a.round - b.round)
    const ratios = (name, own, connections, what) => {
      const base = of(own, connections)
      return base.length === 0 ? [] : of(name, connections).map((r, n) => r[what] / base[n][what])
    }
    const rows = cells =>
      DOORS.flatMap(({ framework, own, ours }) =>
        [own, ours].map((name, n) => {
          const who = [n === 0 ? framework : '', label[name] ?? name]
          return failed[name]
            ? [
                ...who,
                `does not work: ${failed[name]}`,
                ...cells(name, own)
                  .slice(1)
                  .map(() => ''),
              ]
            : [...who, ...cells(name, own)]
        }),
      )
    const figures = (all, write = spread) => (all.length === 0 ? '–' : write(all))
    const table = connections => ({
      caption: `${connections} at once`,
      columns: ['', '', 'requests/s', 'ratio', 'p50 ms', 'p99 ms', 'p99 ratio'],
      rows: rows((name, own) => {
        const each = what => of(name, connections).map(r => r[what])
        return [
          figures(each('perSecond')),
          figures(ratios(name, own, connections, 'perSecond')),
          figures(each('p50'), all => digits(median(all))),
          figures(each('p99')),
          figures(ratios(name, own, connections, 'p99')),
        ]
      }),
    })
    const visits = name => hot.filter(r => r.name === name)
    const locked = hot.filter(({ name }) => OURS.includes(name))
    const missing = OURS.filter(name => failed[name])
    const most = Math.max(...OURS.map(name => commands[name]?.each ?? Number.POSITIVE_INFINITY))
    return {
      tables: [
        ...CONNECTIONS.map(table),
        {
          caption: `Commands to Redis per request, and what ${REQUESTS} requests of one session at once leave of its updates`,
          columns: ['', '', 'commands', 'which', `counter, of ${EXPECTED}`, 'updates'],
          rows: rows(name => {
            const { each, which } = commands[name] ?? { each: Number.NaN, which: '' }
            return [digits(each), which, figures(visits(name).map(r => r.counter)), updates(visits(name))]
          }),
        },
      ],
      notes: [
        'Within a framework only the session differs. Frameworks are not compared with each other: Koa has no router here, ' +
          'and Hono runs over @hono/node-server.',
      ],
      verdicts: [
        {
          what: `counter ${EXPECTED} and all answers 200, at each of ${OURS.length} doors`,
          must: 'every time',
          is: `${locked.filter(isRight).length} of ${locked.length} times${missing.map(name => `; ${name} does not work`).join('')}`,
          met: locked.every(isRight) && OURS.every(name => visits(name).length > 0),
        },
        { what: 'commands per request, the most of any door', must: '2', is: digits(most), met: most < 2.05 },
      ],
      // Sessions without a lock are expected to lose updates, but only where requests of one session meet.
      wrong: [
        ...missing.map(name => `${name} does not work: ${failed[name]}`),
        ...steady.filter(r => r.wrong > 0).map(r => `${r.name}: ${r.wrong} wrong, ${r.examples.join('; ')}`),
        ...locked
          .filter(r => !isRight(r))
          .map(r => `${r.name}: counter ${r.counter}, ${JSON.stringify(r.statuses)}`),
      ],
      charts: [],
    }
  },
}

/** Two visits of one session. @throws where the second does not know of the first */
async function tryOut({ port }) {
  const connection = { agent: openConnection(), port }
  try {
    const { cookie } = await newSession(connection, PATH)
    const { status, body } = await get({ ...connection, path: PATH, cookie })
    if (body.visits !== 2) throw new Error(`a second visit answers ${status} ${JSON.stringify(body)}`)
  } finally {
    connection.agent.destroy()
  }
}

function isRight({ counter, statuses, distinct }) {
  return counter === EXPECTED && statuses[200] === REQUESTS && distinct === REQUESTS
}

function updates(all) {
  if (all.length === 0) return '–'
  const failed = all.filter(r => !isRight(r))
  if (failed.length === 0) return 'all kept'
  const refused = Math.max(...failed.map(r => REQUESTS - (r.statuses[200] ?? 0)))
  const times = `${failed.length} of ${all.length} times`
  return `**lost**, ${times}${refused > 0 ? `, up to ${refused} answers not 200` : ''}`
}

/** One line for a table, without the names of folders. */
function reasonOf({ message }) {
  const line = /^\w*Error(?: \[\w+\])?: .*/m.exec(message)?.[0] ?? message.split('\n')[0]
  return line.replaceAll(/(?:file:\/\/)?\/[^\s'"]*/g, '…').replaceAll('|', '/')
}
