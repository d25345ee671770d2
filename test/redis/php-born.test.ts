// A session that PHP began has no `born` until the first write of ours.
import { afterEach, describe, expect, test } from '@jest/globals'
import { recordName } from '../../src/session-id.ts'
import { ownRedis } from '../support/own-redis.ts'

const redis = ownRedis()
afterEach(async () => void (await redis.client.flushall()))

const ID = 'abcdefghijklmnopqrstuv123456'
const KEY = `sess_${recordName(ID, 'hashed')}`

describe('a session that PHP began is committed as often as its request likes', () => {
  test.each([
    { what: 'without locks', options: { locking: false }, access: 'exclusive' },
    { what: 'optimistic', options: {}, access: 'optimistic' },
    { what: 'under its lock', options: {}, access: 'exclusive' },
  ] as const)('$what', async ({ options, access }) => {
    const { sessions } = await redis.watched(options)
    await redis.client.hset(KEY, { data: '{"n":0}', lock: '0', pid: 'php|1', writes: '1' })
    await redis.client.expire(KEY, 100)
    const session = await sessions.open(ID, { access })
    for (const n of [1, 2, 3]) {
      session.data.n = n
      expect(await session.commit({ keep: true })).toEqual({ written: true, writes: n + 1 })
    }
    expect(await redis.client.hget(KEY, 'data')).toBe('{"n":3}')
    await session.release()
  })
})
