import type { Redis } from 'ioredis'

/**
 * A PHP process as the reference handler works: it adds one to `lock`, has it if that makes one, and otherwise polls every
 * half second, counted in `wait`.
 */
export async function phpRequest(
  client: Redis,
  key: string,
  pid: string,
  work: () => Promise<void>,
): Promise<void> {
  let polls = 1
  for (; (await client.hincrby(key, 'lock', 1)) !== 1; polls += 1) {
    if (polls === 1) await client.hincrby(key, 'wait', 1)
    await new Promise(resolve => setTimeout(resolve, POLL_MS))
  }
  if (polls > 1) await client.hincrby(key, 'wait', -1)
  await client.hset(key, { pid, req: 'GET shop.example/php' })
  await work()
  if ((await client.hget(key, 'pid')) !== pid) throw new Error('another took the lock from PHP')
  await client.multi().hset(key, 'lock', '0').hincrby(key, 'writes', 1).exec()
}

const POLL_MS = 500
