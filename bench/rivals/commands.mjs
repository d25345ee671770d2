import { tally } from './redis.mjs'

/**
 * What a contestant sends per request, by MONITOR in a run of its own, one request at a time.
 *
 * @param {import('./fleet.mjs').Server} server
 * @param {Pick<import('./questions/index.mjs').Run, 'redis' | 'load' | 'quick'>} run
 * @param {number} sessions asked for in turn
 * @returns {Promise<{ each: number, which: string }>}
 */
export async function countCommands({ port }, { redis, load, quick }, sessions) {
  await redis.flush()
  await load.ask('prepare', { port, connections: 1, sessions })
  await load.ask('steady', { seconds: quick ? 0.3 : 3 })
  const requests = quick ? 50 : 400
  const stop = await redis.watch()
  await load.ask('steady', { seconds: 60, requests })
  const seen = await stop()
  return { each: seen.length / requests, which: tally(seen, requests) }
}
