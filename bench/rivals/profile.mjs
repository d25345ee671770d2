/** Where this process's time goes, by V8's sampling profiler. */
import { Session } from 'node:inspector/promises'

/** µs between two samples. */
const INTERVAL = 200

const session = new Session()

export async function startProfile() {
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: INTERVAL })
  await session.post('Profiler.start')
}

/** @returns {Promise<Record<string, number>>} µs of each part, by its name in `PARTS` */
export async function stopProfile() {
  const { profile } = await session.post('Profiler.stop')
  session.disconnect()
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]))
  const spent = Object.fromEntries(Object.keys(PARTS).map(part => [part, 0]))
  for (const [n, id] of profile.samples.entries()) spent[partOf(frames.get(id))] += profile.timeDeltas[n]
  return spent
}

/** By what a frame's function or file is called; the first that fits. */
export const PARTS = {
  'waiting for Redis and for the next request': ({ functionName }) => functionName === '(idle)',
  'garbage collector': ({ functionName }) => functionName === '(garbage collector)',
  'writing to sockets': ({ functionName, url }) => url === '' && /^write/.test(functionName),
  'JSON, compression': ({ url }) => /\/dist\/codec\/|\/(@napi-rs|snappy|secure-json-parse)\//.test(url),
  'Latchkey, without these': ({ url }) => /\/dist\//.test(url) && !url.includes('/node_modules/'),
  'connect-redis, with its JSON': ({ url }) => url.includes('/node_modules/connect-redis/'),
  'express-session': ({ url }) => url.includes('/node_modules/express-session/'),
  'the Redis client': ({ url }) => /\/node_modules\/(ioredis|@ioredis|redis-parser|redis|@redis)\//.test(url),
  'hashes, of ids and for express-session': ({ url }) => url.startsWith('node:internal/crypto'),
  'Express, and Node below it': () => true,
}

function partOf(frame) {
  return Object.keys(PARTS).find(part => PARTS[part](frame))
}
