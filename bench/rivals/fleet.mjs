import { contestant } from './contestants/index.mjs'
import { start } from './rpc.mjs'

/**
 * Servers of these contestants, `each` of every one, all running until the question is answered: they idle while it is
 * another's turn, and stay warm.
 *
 * @returns {Promise<Map<string, Server[]>>}
 * @typedef {{ port: number, ask: (what: string, args?: object) => Promise<any>, stop: () => Promise<void> }} Server
 */
export async function startFleet(names, redis, each = 1) {
  const fleet = new Map()
  for (const name of names)
    fleet.set(name, await Promise.all(Array.from({ length: each }, () => one(name, redis))))
  return fleet
}

async function one(name, redis) {
  const { ready: port, ...server } = await start('server.mjs', [name, '--redis', redis.url])
  return { port, ...server }
}

export async function stopFleet(fleet) {
  await Promise.all([...fleet.values()].flat().map(server => server.stop()))
}

/** @returns {Promise<Record<string, string>>} */
export async function labels(names) {
  const all = await Promise.all(names.map(async name => [name, (await contestant(name)).label]))
  return Object.fromEntries(all)
}
