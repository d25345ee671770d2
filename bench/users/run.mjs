// npm run bench:users -- [--users 100000] [--most 50] [--at-once 32] [--seed 1]
//
// What a login, a list and an end of all sessions cost where many users have many sessions. It starts a redis-server of its own, and
// fails where a list or an end is not as it must be.
import { parseArgs } from 'node:util'
import { createSessions } from '../../src/index.ts'
import { randomFrom, whole } from '../random.ts'
import { startRedis } from '../rivals/redis.mjs'
import { ascending, digits, percentile } from '../rivals/statistics.mjs'

const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '100000' },
    most: { type: 'string', default: '50' },
    'at-once': { type: 'string', default: '32' },
    seed: { type: 'string', default: '1' },
  },
})
const USERS = number('users')
const MOST = number('most')
const AT_ONCE = number('at-once')
/** Users whose sessions are listed and ended, apart for few, some and many sessions. */
const LOOKED_AT = 500
const BASKET = Array.from({ length: 8 }, (_, n) => ({ product: `padlock-${n}`, quantity: n + 1 }))

function number(name) {
  const value = Number(values[name])
  if (!(Number.isInteger(value) && value > 0))
    throw new Error(`--${name}: expected a whole number from 1, got "${values[name]}"`)
  return value
}

const next = randomFrom(Number(values.seed))
const counts = Array.from({ length: USERS }, () => 1 + whole(next, MOST))
const redis = await startRedis()
const sessions = createSessions({
  redis: { url: redis.url },
  logLevel: 'warn',
  users: { secret: 'a secret of the bench' },
})
try {
  await sessions.ping()
  const before = await bytes()
  const made = counts.reduce((sum, count) => sum + count, 0)
  console.log(
    `${digits(USERS)} users with 1 to ${MOST} sessions each, ${digits(made)} in all; Redis ${redis.version}, ${AT_ONCE} at once`,
  )

  console.log('\n                                   p50 ms    p99 ms  a second  Redis µs  Redis B')
  await row('a new session, without a login', Math.min(made, 10_000), anonymous)
  const visitors = await bytes()
  // In the order of a real day: the sessions of one user are made far from each other.
  const logins = counts.flatMap((count, user) => Array.from({ length: count }, () => user))
  for (let at = logins.length - 1; at > 0; at--) {
    const other = whole(next, at + 1)
    ;[logins[at], logins[other]] = [logins[other], logins[at]]
  }
  await row('a new session, with a login', logins.length, n => login(logins[n]))
  const full = await bytes()

  for (const [words, from, to] of bands()) {
    const some = counts
      .flatMap((count, user) => (count >= from && count <= to ? [user] : []))
      .slice(0, LOOKED_AT)
    if (some.length === 0) continue
    await row(`a list of ${words} sessions`, some.length, async n => {
      const { length } = await sessions.of(nameOf(some[n]))
      expect(
        length === counts[some[n]],
        `the list of user ${some[n]} has ${length}, and they made ${counts[some[n]]}`,
      )
    })
    await row(`an end of ${words} sessions`, some.length, async n => {
      const ended = await sessions.endOf(nameOf(some[n]))
      expect(ended === counts[some[n]], `${ended} of user ${some[n]} ended, and they had ${counts[some[n]]}`)
    })
    for (const user of some) {
      const { length } = await sessions.of(nameOf(user))
      expect(length === 0, `user ${user} has ${length} sessions after the end`)
      counts[user] = 0
    }
  }
  for (let user = 0; user < Math.min(USERS, 1000); user++) {
    const { length } = await sessions.of(nameOf(user))
    expect(
      length === counts[user],
      `user ${user} has ${length} sessions at the end, and must have ${counts[user]}`,
    )
  }
  console.log(
    `\nMemory of Redis: ${digits((full - visitors) / made)} bytes for each session with its place in the index, ${digits((visitors - before) / Math.min(made, 10_000))} for one without a login.`,
  )
} finally {
  await sessions.close()
  await redis.stop()
}

function bands() {
  const third = Math.max(1, Math.floor(MOST / 3))
  return [
    [`1 to ${third}`, 1, third],
    [`${third + 1} to ${2 * third}`, third + 1, 2 * third],
    [`${2 * third + 1} to ${MOST}`, 2 * third + 1, MOST],
  ]
}

function nameOf(user) {
  return `user-${user}`
}

async function anonymous() {
  const session = await sessions.open()
  session.data.basket = BASKET
  written(await session.commit())
}

async function login(user) {
  const session = await sessions.open()
  await session.login(nameOf(user), { device: 'Firefox on Linux' })
  session.data.basket = BASKET
  written(await session.commit())
}

function written(outcome) {
  expect(outcome.written, `a commit was refused: ${outcome.reason}`)
}

/** Does it so often, some at once, and prints what one took, and what it cost Redis: CPU time, and bytes that it sent. */
async function row(words, times, work) {
  const took = []
  let n = 0
  const worker = async () => {
    while (n < times) {
      const began = performance.now()
      await work(n++)
      took.push(performance.now() - began)
    }
  }
  const start = performance.now()
  const { cpu, bytesOut } = await redis.measure(() => Promise.all(Array.from({ length: AT_ONCE }, worker)))
  const seconds = (performance.now() - start) / 1000
  const sorted = ascending(took)
  const figures = [
    percentile(sorted, 0.5),
    percentile(sorted, 0.99),
    times / seconds,
    (cpu * 1e6) / times,
    bytesOut / times,
  ]
  console.log(`${words.padEnd(32)}${figures.map(figure => digits(figure).padStart(9)).join(' ')}`)
}

async function bytes() {
  const [, used] = /used_memory:(\d+)/.exec(await redis.client.info('memory')) ?? []
  return Number(used)
}

function expect(holds, otherwise) {
  if (!holds) throw new Error(`The bench is wrong, or Latchkey is: ${otherwise}.`)
}
