import { randomUUID } from 'node:crypto'
import { cart } from '../cart.mjs'
import { LOCKERS, OURS } from '../contestants/index.mjs'
import { start } from '../rpc.mjs'
import { ascending, digits, inTurn, percentile, spread } from '../statistics.mjs'

/** ms that a holder keeps the lock after the other has begun to wait. */
const HOLD = { from: 5, to: 50 }
/** Not a contestant, but what this machine allows. */
const BARE = 'bare-wake'
const HAND_OVERS = { full: 400, quick: 24 }

export default {
  id: 'd',
  title: 'Hand-over',
  how:
    'Two processes without Express pass one session of 6 KB to and fro. The one waits; the other holds it for a random ' +
    `${HOLD.from} to ${HOLD.to} ms more and commits. The clock runs from the moment the holder calls commit (for the lock ` +
    'libraries: SET, then unlock) to the moment the waiter has the data in hand (for them: lock, then GET).',

  async run({ redis, rounds, quick, steps }) {
    const each = Math.ceil(HAND_OVERS[quick ? 'quick' : 'full'] / rounds)
    const step = steps(rounds * (LOCKERS.length + 1))
    const results = []
    for (let round = 0; round < rounds; round += 1) {
      for (const name of inTurn([...LOCKERS, BARE], round)) {
        step(`${name}, round ${round + 1}`)
        await redis.flush()
        results.push({
          round,
          name,
          took: await passOn(name, redis, each, WARM_UP[quick ? 'quick' : 'full']),
        })
      }
    }
    return results
  },

  report(results, label) {
    const rounds = name => results.filter(r => r.name === name)
    const all = name => ascending(rounds(name).flatMap(r => r.took))
    const p50 = percentile(all(OURS), 0.5)
    const p99 = percentile(all(OURS), 0.99)
    return {
      tables: [
        {
          caption: `ms, of ${all(OURS).length} hand-overs`,
          columns: ['', 'p50', 'p99', 'longest', 'p50 of the rounds'],
          rows: [...LOCKERS, BARE].map(name => [
            label[name] ?? 'bare SET and PUBLISH, then GET',
            digits(percentile(all(name), 0.5)),
            digits(percentile(all(name), 0.99)),
            digits(all(name).at(-1)),
            spread(rounds(name).map(r => percentile(ascending(r.took), 0.5))),
          ]),
        },
      ],
      notes: [
        'The last row locks nothing: one process sets and publishes, the other gets. It is what these processes, asleep ' +
          'until then, need to tell each other anything by way of Redis on this machine.',
        'The reference, Cm_RedisSession in PHP, needs 251 ms (median, measured apart, from the end of the write).',
        'A lock library that polls finds the lock free at its next look: what counts is when that is, after a wait of ' +
          `${HOLD.from} to ${HOLD.to} ms.`,
      ],
      verdicts: [
        {
          what: 'p50',
          must: '< 1 ms',
          is: `${digits(p50)} ms`,
          met: p50 < 1,
          bound: `bare: ${digits(percentile(all(BARE), 0.5))} ms`,
        },
        { what: 'p99', must: '< 5 ms', is: `${digits(p99)} ms`, met: p99 < 5 },
      ],
      wrong: [],
      charts: [
        {
          file: 'hand-over.svg',
          title: "Hand-over: from the holder's commit to the waiter's data in hand",
          unit: ' ms',
          log: true,
          groups: LOCKERS.map(name => ({
            name: label[name],
            ours: name === OURS,
            bars: [0.5, 0.99].map(share => ({
              series: `p${share * 100}`,
              value: percentile(all(name), share),
            })),
          })),
        },
      ],
    }
  },
}

/** Hand-overs before the clock starts: connections, subscriptions and compiled code are there. */
const WARM_UP = { full: 20, quick: 5 }

async function passOn(name, redis, times, warmUp) {
  const id = randomUUID()
  const both = await Promise.all([0, 1].map(() => start('hand.mjs', [name, '--redis', redis.url])))
  let [holder, waiter] = both
  await holder.ask('create', { id, data: { ...cart(1), count: 0 } })
  await holder.ask('want', { id })
  await holder.ask('had')
  const took = []
  for (let n = 0; n < times + warmUp; n += 1) {
    await waiter.ask('want', { id })
    const after = HOLD.from + Math.random() * (HOLD.to - HOLD.from)
    const [from, { at, count }] = await Promise.all([holder.ask('commit', { after }), waiter.ask('had')])
    if (count !== n + 1) throw new Error(`${name}: the waiter read ${count} in place of ${n + 1}`)
    if (n >= warmUp) took.push(at - from)
    ;[holder, waiter] = [waiter, holder]
  }
  await Promise.all(both.map(process => process.stop()))
  return took
}
