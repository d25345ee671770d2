import { startFleet, stopFleet } from './fleet.mjs'
import { inTurn } from './statistics.mjs'

export const CONNECTIONS = [1, 64]
export const SESSIONS = 4

/**
 * Each contestant serves the cart for some seconds, by one visitor and by many, round after round.
 *
 * @param {string[]} names
 * @param {import('./questions/index.mjs').Run} run
 * @param {(server: import('./fleet.mjs').Server) => Promise<() => Promise<object>>} watch is called before a contestant's turn;
 *   what it resolves to is called after it, for what is told of the turn besides
 */
export async function steadily(names, { redis, load, rounds, quick, steps }, watch) {
  const seconds = quick ? 0.6 : 4
  const step = steps(names.length * (rounds * CONNECTIONS.length + 1))
  const fleet = await startFleet(names, redis)
  const measure = async (name, connections, seconds) => {
    await redis.flush()
    const [server] = fleet.get(name)
    await load.ask('prepare', { port: server.port, connections, sessions: SESSIONS })
    const told = await watch(server)
    const got = await load.ask('steady', { seconds })
    return { ...got, ...(await told()) }
  }
  for (const name of names) {
    step(`${name}, warm-up`)
    await measure(name, 16, quick ? 0.5 : 3)
  }
  const results = []
  for (let round = 0; round < rounds; round += 1) {
    for (const name of inTurn(names, round)) {
      for (const connections of CONNECTIONS) {
        step(`${name}, ${connections} at once, round ${round + 1}`)
        results.push({ round, name, connections, ...(await measure(name, connections, seconds)) })
      }
    }
  }
  await stopFleet(fleet)
  return results
}
