import { setTimeout as sleep } from 'node:timers/promises'
import { get, newSession, openConnection } from '../client.mjs'
import { LOCKERS, OURS } from '../contestants/index.mjs'
import { startFleet, stopFleet } from '../fleet.mjs'
import { tally } from '../redis.mjs'
import { digits } from '../statistics.mjs'

const WAITERS = 10
const HOLD = { full: 10_000, quick: 2_000 }
/** ms after which all have asked, and before the holder's end: between them there is nothing but waiting. */
const MARGIN = 300

export default {
  id: 'e',
  title: 'Waiting',
  how:
    `A request holds a session for 10 s while ${WAITERS} others wait for it, half of them in the holder's process and half ` +
    'in another. Every command that clients send is counted by MONITOR until the last one is answered; what the ' +
    'holder sends alone, without waiters, is taken off.',

  async run({ redis, quick, steps }) {
    const step = steps(LOCKERS.length * 2)
    const ms = HOLD[quick ? 'quick' : 'full']
    const results = []
    for (const name of LOCKERS) {
      const fleet = await startFleet([name], redis, 2)
      const servers = fleet.get(name)
      step(`${name}, the holder alone`)
      const alone = await count(servers, redis, ms, 0)
      step(`${name}, ${WAITERS} waiters`)
      const together = await count(servers, redis, ms, WAITERS)
      results.push({ name, ms, alone, together })
      await stopFleet(fleet)
    }
    return results
  },

  report(results, label) {
    const each = ({ alone, together }) => (together.commands - alone.commands) / WAITERS
    const perSecond = ({ together, alone, ms }) =>
      (together.waiting - alone.waiting) / WAITERS / ((ms - 2 * MARGIN) / 1000)
    const ours = each(results.find(({ name }) => name === OURS))
    return {
      tables: [
        {
          columns: ['', 'commands per waiting request', 'per second of waiting', 'which, of all requests'],
          rows: results.map(r => [label[r.name], digits(each(r)), digits(perSecond(r)), r.together.which]),
        },
      ],
      notes: results.some(({ ms }) => ms !== HOLD.full) ? ['The holder held for 2 s only (--quick).'] : [],
      verdicts: [{ what: 'commands per waiting request', must: '≤ 15', is: digits(ours), met: ours <= 15 }],
      wrong: results.filter(r => r.together.wrong).map(r => `${r.name}: ${r.together.wrong}`),
      charts: [],
    }
  },
}

async function count(servers, redis, ms, waiters) {
  await redis.flush()
  const on = n => ({ agent: openConnection(), port: servers[n % servers.length].port })
  const { cookie } = await newSession(on(0), '/visits')
  // Both processes have waited once before anything is counted: scripts are loaded, connections and subscriptions there.
  const path = '/work?ms=20'
  const before = await Promise.all([0, 1, 2, 3].map(n => get({ ...on(n), path, cookie })))
  const stop = await redis.watch()
  const reached = (await servers[0].ask('counts')).reached
  const holder = get({ ...on(0), path: `/work?ms=${ms}`, cookie })
  while ((await servers[0].ask('counts')).reached === reached) await sleep(5)
  const held = Date.now()
  const answers = await Promise.all([
    holder,
    ...Array.from({ length: waiters }, (_, n) => get({ ...on(n), path: '/visits', cookie })),
  ])
  const seen = await stop()
  const visits = Math.max(...answers.map(({ body }) => body.visits))
  const expected = 1 + before.length + answers.length
  const right = answers.every(({ status }) => status === 200) && visits === expected
  return {
    commands: seen.length,
    waiting: seen.filter(({ at }) => at > held + MARGIN && at < held + ms - MARGIN).length,
    which: tally(seen, waiters + 1),
    wrong: right ? undefined : `${visits} visits in place of ${expected}`,
  }
}
