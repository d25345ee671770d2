import { createClient } from 'redis'
import { countCommands } from '../commands.mjs'
import { BASELINE, DIRECT, ORDINARY, OURS } from '../contestants/index.mjs'
import { startFleet, stopFleet } from '../fleet.mjs'
import { digits, inTurn, judged, median, spread } from '../statistics.mjs'

const CONNECTIONS = [1, 64]
const SESSIONS = 4
const BARE = 'bare loop of GET + SETEX'
/** Seconds; connect-redis' default. */
const LIFETIME = 86_400

/** Most of connect-redis's Redis CPU, by requests at once. The middleware sends what open + commit does. */
const CPU = { 1: 1.75, 64: 2 }

export default {
  id: 'b',
  title: 'What does it cost Redis?',
  how:
    'The same requests. Commands are what clients send, by MONITOR in a run of their own, without what scripts do inside ' +
    'Redis; a round trip is one read of Redis from a connection, with one request at a time. The bare loop does GET and ' +
    'SETEX of the very bytes that connect-redis stores, with nothing around them, at the pace of connect-redis.',

  async run({ redis, load, rounds, quick, steps }) {
    const seconds = quick ? 0.6 : 4
    const step = steps(ORDINARY.length + rounds * (ORDINARY.length + 1) * CONNECTIONS.length)
    const fleet = await startFleet(ORDINARY, redis)
    const prepare = (name, connections) =>
      load.ask('prepare', { port: fleet.get(name)[0].port, connections, sessions: SESSIONS })

    const commands = {}
    let bytes = ''
    for (const name of ORDINARY) {
      step(`${name}, commands`)
      commands[name] = await countCommands(fleet.get(name)[0], { redis, load, quick }, SESSIONS)
      if (name === BASELINE) bytes = await anyValue(redis.client)
    }

    const results = []
    for (let round = 0; round < rounds; round += 1) {
      for (const connections of CONNECTIONS) {
        let pace
        const names = inTurn(ORDINARY, round)
        for (const name of [BASELINE, ...names.filter(name => name !== BASELINE), BARE]) {
          step(`${name}, ${connections} at once, round ${round + 1}`)
          await redis.flush()
          const work =
            name === BARE
              ? await bareLoop(redis.url, bytes, { connections, seconds, perSecond: pace })
              : await prepare(name, connections).then(() => () => load.ask('steady', { seconds }))
          const { result, ...cost } = await redis.measure(work)
          if (name === BASELINE) pace = result.perSecond
          results.push({ round, name, connections, requests: result.requests, wrong: result.wrong, ...cost })
        }
      }
    }
    await stopFleet(fleet)
    return { commands, results, bytes: bytes.length }
  },

  report({ commands, results, bytes }, label) {
    const names = [BARE, ...ORDINARY.filter(name => commands[name])]
    const of = (name, connections, what) =>
      results.filter(r => r.name === name && r.connections === connections).map(r => r[what] / r.requests)
    const cpu = (name, connections) => of(name, connections, 'cpu').map(each => each * 1e6)
    const ratio = (name, connections, against) => {
      const base = cpu(against, connections)
      return cpu(name, connections).map((each, n) => each / base[n])
    }
    const trips = name => Math.round(median(of(name, 1, 'reads')) * 100) / 100
    const { each } = commands[OURS]
    const direct = n => ({
      what: `open + commit: CPU against GET + SET EX, ${n} at once`,
      must: `≤ ${CPU[n]}`,
      ...judged(ratio(DIRECT, n, BASELINE), is => is <= CPU[n]),
    })
    return {
      tables: [
        {
          columns: ['', 'commands', 'which', 'round trips', 'bytes to Redis', 'bytes back'],
          rows: names.map(name => [
            label[name] ?? name,
            name === BARE ? '2' : digits(commands[name].each),
            name === BARE ? 'get, setex' : commands[name].which,
            digits(trips(name)),
            digits(median(of(name, 1, 'bytesIn'))),
            digits(median(of(name, 1, 'bytesOut'))),
          ]),
        },
        {
          caption: 'CPU of redis-server, ms per 1,000 requests',
          columns: [
            '',
            ...CONNECTIONS.flatMap(n => [`${n} at once`, 'against connect-redis', 'against the loop']),
          ],
          rows: names.map(name => [
            label[name] ?? name,
            ...CONNECTIONS.flatMap(n => [
              spread(cpu(name, n)),
              spread(ratio(name, n, BASELINE)),
              spread(ratio(name, n, BARE)),
            ]),
          ]),
        },
      ],
      notes: [
        `connect-redis is GET and SET … EX of ${digits(bytes)} bytes in the same application, and what the bound is taken ` +
          'against. The bare loop shows how much of it is the pattern: it asks without a pause between its two commands ' +
          'and evenly, where Express has its own work in between, and many requests in one turn of its event loop.',
      ],
      verdicts: [
        { what: 'commands per request', must: '2', is: digits(each), met: each < 2.05 },
        { what: 'round trips per request', must: '2', is: digits(trips(OURS)), met: trips(OURS) < 2.05 },
        ...CONNECTIONS.map(n => {
          return {
            what: `CPU against GET + SET EX, ${n} at once`,
            must: `≤ ${CPU[n]}`,
            ...judged(ratio(OURS, n, BASELINE), is => is <= CPU[n]),
            bound: `against the bare loop: ${digits(median(ratio(OURS, n, BARE)))}`,
          }
        }),
        ...(names.includes(DIRECT) ? CONNECTIONS.map(direct) : []),
      ],
      wrong: results.filter(r => r.wrong > 0).map(r => `${r.name}: ${r.wrong} wrong answers`),
      charts: [],
    }
  },
}

async function anyValue(client) {
  const [key] = await client.keys('sess:*')
  return client.get(key)
}

/** On connect-redis' own client. Begins as many a second as it is told, at most `connections` at once. */
async function bareLoop(url, value, { connections, seconds, perSecond }) {
  const client = createClient({ url })
  await client.connect()
  const key = n => `sess:bare${n % (connections * SESSIONS)}`
  for (let n = 0; n < connections * SESSIONS; n += 1) await client.setEx(key(n), LIFETIME, value)
  let [running, begun, wrong] = [0, 0, 0]
  const once = async at => {
    running += 1
    if ((await client.get(at)) !== value) wrong += 1
    await client.setEx(at, LIFETIME, value)
    running -= 1
  }
  return async () => {
    const start = performance.now()
    const elapsed = () => (performance.now() - start) / 1000
    while (elapsed() < seconds || running > 0) {
      while (elapsed() < seconds && running < connections && begun < elapsed() * perSecond) {
        once(key(begun))
        begun += 1
      }
      // Timers are too coarse: it looks again in the next turn of the event loop.
      await new Promise(resolve => setImmediate(resolve))
    }
    client.destroy()
    return { requests: begun, wrong }
  }
}
