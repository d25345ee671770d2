/** The visitors, in a process of their own. */
import { setTimeout as sleep } from 'node:timers/promises'
import { ITEMS } from './cart.mjs'
import { get, newSession, openConnection } from './client.mjs'
import { answer } from './rpc.mjs'
import { percentile } from './statistics.mjs'

/** Wrong answers that are told in full. */
const TOLD = 5

/** Visitors who have their sessions, made before the clock starts. */
let visitors = []

/** `connections` visitors, each on its own connection with `sessions` sessions that nobody else asks for. */
async function prepare({ port, connections, sessions }) {
  for (const { connection } of visitors) connection.agent.destroy()
  visitors = await Promise.all(Array.from({ length: connections }, () => visitor(port, sessions)))
}

/**
 * The prepared visitors ask at once, each for its sessions in turn, so that no session is ever asked for twice at once.
 * Every answer must count one further than its session's last.
 */
async function steady({ seconds, requests = Number.POSITIVE_INFINITY }) {
  const took = []
  const wrong = []
  const cpu = process.cpuUsage()
  const start = performance.now()
  const end = start + seconds * 1000
  let begun = 0

  const visit = async ({ connection, jar }) => {
    for (let n = 0; performance.now() < end && begun < requests; n += 1) {
      begun += 1
      const session = jar[n % jar.length]
      const { status, body, ms } = await get({ ...connection, path: '/cart', cookie: session.cookie })
      session.visits += 1
      if (status !== 200 || body.visits !== session.visits || body.items !== ITEMS) {
        wrong.push(`${status} ${JSON.stringify(body)} in place of ${session.visits} visits`)
      }
      took.push(ms)
    }
  }
  await Promise.all(visitors.map(visit))

  const elapsed = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(cpu)
  took.sort((a, b) => a - b)
  return {
    requests: took.length,
    seconds: elapsed,
    perSecond: took.length / elapsed,
    p50: percentile(took, 0.5),
    p99: percentile(took, 0.99),
    busy: (user + system) / 1e6 / elapsed,
    wrong: wrong.length,
    examples: wrong.slice(0, TOLD),
  }
}

async function visitor(port, sessions) {
  const connection = { agent: openConnection(), port }
  const jar = []
  for (let n = 0; n < sessions; n += 1) jar.push(await newSession(connection, '/cart'))
  return { connection, jar }
}

/** One request, then `requests` more of the same visitor, `concurrency` at once, spread over the servers. */
async function hot({ ports, requests, concurrency, path }) {
  const connections = Array.from({ length: concurrency }, (_, n) => ({
    agent: openConnection(),
    port: ports[n % ports.length],
  }))
  const { cookie } = await newSession(connections[0], path)
  const statuses = {}
  const seen = new Set()
  let begun = 0
  const start = performance.now()
  const visit = async connection => {
    while (begun < requests) {
      begun += 1
      const { status, body } = await get({ ...connection, path, cookie })
      statuses[status] = (statuses[status] ?? 0) + 1
      if (status === 200) seen.add(body.visits)
    }
  }
  await Promise.all(connections.map(visit))
  const seconds = (performance.now() - start) / 1000
  const final = await get({ ...connections[0], path: '/count', cookie })
  for (const { agent } of connections) agent.destroy()
  return { seconds, statuses, distinct: seen.size, counter: final.body.visits }
}

/** ms between two waves of a crowd, and requests in each: visitors do not all come in one turn of the event loop. */
const WAVE_MS = 5
const WAVE = 20

/** Many requests that are all open at once. @param {{ port: number, visits: { path: string, cookie: string }[] }} what */
async function crowd({ port, visits }) {
  const open = []
  for (const [n, { path, cookie }] of visits.entries()) {
    if (n > 0 && n % WAVE === 0) await sleep(WAVE_MS)
    const agent = openConnection()
    open.push(get({ agent, port, path, cookie }).finally(() => agent.destroy()))
  }
  const answers = await Promise.all(open)
  return { wrong: answers.filter(({ status }) => status !== 200).length }
}

answer({ prepare, steady, hot, crowd })
process.once('disconnect', () => process.exit())
process.send({ ready: true })
