// What the bench derives from sizes, against what a real Redis counts of what the handler does.
import { expect, test } from '@jest/globals'
import { memoryOf } from '../../../bench/judge/memory.ts'
import { wireOf } from '../../../bench/judge/request.ts'
import { createSessions, type Sessions } from '../../../src/index.ts'
import { ownRedis } from '../../support/own-redis.ts'

const SESSIONS = 2000
const BATCH = 50
const request = 'GET shop.example/checkout/cart'

const redis = ownRedis()

async function told(section: string, name: string): Promise<number> {
  return Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(await redis.client.info(section))?.[1])
}

async function commit(sessions: Sessions, id: string | undefined, text: string): Promise<string> {
  const session = await sessions.open(id, { request })
  session.data.text = text
  await session.commit()
  return session.id
}

test.each([
  [50, 110],
  [1000, 50],
  [6000, 50],
])(
  '%i bytes: memory of a session, and bytes on the wire of a request',
  async (bytes, within) => {
    await redis.client.flushall()
    const sessions = await createSessions({
      redis: { url: redis.url },
      compression: 'none',
      logLevel: 'silent',
    })
    await commit(sessions, undefined, 'what is opened with the first session is no part of any')
    const before = await told('memory', 'used_memory')
    const text = 'x'.repeat(bytes - '{"text":""}'.length)
    const first = () => commit(sessions, undefined, text.replace('x', 'y'))
    const ids: string[] = []
    // A command is answered in time or not at all, and a slow machine may not have time for all of them at once.
    while (ids.length < SESSIONS) ids.push(...(await Promise.all(Array.from({ length: BATCH }, first))))
    const traffic = async () =>
      (await told('stats', 'total_net_input_bytes')) + (await told('stats', 'total_net_output_bytes'))
    const sent = await traffic()
    for (const id of ids) await commit(sessions, id, text)
    const wire = ((await traffic()) - sent) / SESSIONS
    const memory = ((await told('memory', 'used_memory')) - before) / SESSIONS
    await sessions.close()
    expect(Math.abs(memoryOf(bytes) - memory)).toBeLessThan(within)
    expect(Math.abs(wireOf(bytes) - wire)).toBeLessThan(150)
  },
  30_000,
)
