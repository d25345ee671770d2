import { setTimeout as sleep } from 'node:timers/promises'
import { newSession, openConnection } from '../client.mjs'
import { LOCKERS, NAMES, OURS } from '../contestants/index.mjs'
import { startFleet, stopFleet } from '../fleet.mjs'
import { digits, inTurn, median, spread } from '../statistics.mjs'

const SESSIONS = 20
const WAITERS = 50
/** ms that the holders keep their sessions: all the others arrive, and then wait for a while. */
const HOLD = { full: 5_000, quick: 1_500 }
/** ms before the holders' end at which the look at the waiting ends. */
const MARGIN = 200

export default {
  id: 'g',
  title: 'The event loop',
  how:
    `${SESSIONS} requests hold a session each in one server process, and ${SESSIONS * WAITERS} others wait for them, ` +
    `${WAITERS} for each. The longest time between two turns of the event loop (monitorEventLoopDelay, looked at every ` +
    '1 ms) while they arrive, while they wait, and until the last is answered. Where there is no lock, as many requests are ' +
    'open for as long: what that costs alone.',

  async run({ redis, load, rounds, quick, steps }) {
    const turns = Math.min(rounds, quick ? 1 : 5)
    const step = steps(turns * NAMES.length)
    const fleet = await startFleet(NAMES, redis)
    const results = []
    for (let round = 0; round < turns; round += 1) {
      for (const name of inTurn(NAMES, round)) {
        step(`${name}, round ${round + 1}`)
        await redis.flush()
        // The first crowd compiles the code.
        if (round === 0) await gather(name, fleet.get(name)[0], load, HOLD.quick)
        await redis.flush()
        const ms = HOLD[quick ? 'quick' : 'full']
        results.push({ round, name, ...(await gather(name, fleet.get(name)[0], load, ms)) })
      }
    }
    await stopFleet(fleet)
    return results
  },

  report(results, label) {
    const of = (name, phase) => results.filter(r => r.name === name).map(r => r[phase])
    const ours = median(of(OURS, 'waiting'))
    const crowd = Math.min(...of(OURS, 'waiters'))
    return {
      tables: [
        {
          caption: 'Longest block in ms',
          columns: ['', 'arriving', 'waiting', 'until the last is answered', 'waiting at once'],
          rows: NAMES.map(name => [
            label[name],
            ...['arriving', 'waiting', 'draining'].map(phase => spread(of(name, phase))),
            digits(median(of(name, 'waiters'))),
          ]),
        },
      ],
      notes: [
        'About 1 ms of every figure is the look itself; on a shared core, the scheduler has its part too.',
      ],
      verdicts: [
        {
          what: `longest block while ${digits(crowd)} wait`,
          must: '< 10 ms',
          is: `${digits(ours)} ms`,
          met: ours < 10 && crowd >= SESSIONS * WAITERS,
        },
      ],
      wrong: results.filter(r => r.wrong > 0).map(r => `${r.name}: ${r.wrong} answers were not 200`),
      charts: [],
    }
  },
}

async function gather(name, server, load, ms) {
  const connection = { agent: openConnection(), port: server.port }
  const jar = []
  for (let n = 0; n < SESSIONS; n += 1) jar.push((await newSession(connection, '/visits')).cookie)
  connection.agent.destroy()
  const all = cookies => Array.from({ length: WAITERS }, () => cookies).flat()
  const before = await server.ask('counts')
  const since = async what => (await server.ask('counts'))[what] - before[what]

  const hold = `/work?ms=${ms}`
  const holders = load.ask('crowd', {
    port: server.port,
    visits: jar.map(cookie => ({ path: hold, cookie })),
  })
  while ((await since('reached')) < SESSIONS) await sleep(5)
  const held = performance.now()
  await server.ask('longestBlock')
  // Without a lock nobody waits for the holders; they stay as long of their own.
  const path = LOCKERS.includes(name) ? '/visits' : hold
  const visits = all(jar).map(cookie => ({ path, cookie }))
  const waiters = load.ask('crowd', { port: server.port, visits })
  while ((await since('entered')) < SESSIONS * (WAITERS + 1)) await sleep(5)
  const arriving = await server.ask('longestBlock')
  await sleep(Math.max(0, ms - MARGIN - (performance.now() - held)))
  const waiting = await server.ask('longestBlock')
  const waitingAtOnce = (await since('entered')) - (await since('reached'))
  const answers = await Promise.all([holders, waiters])
  const draining = await server.ask('longestBlock')
  const wrong = answers.reduce((sum, answer) => sum + answer.wrong, 0)
  return { arriving, waiting, draining, waiters: waitingAtOnce, wrong }
}
