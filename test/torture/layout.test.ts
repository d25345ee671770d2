import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { createSessions, type Sessions } from '../../src/index.ts'
import { type RedisServer, startRedis } from '../support/redis-server.ts'
import { OPTIONS } from './lab.ts'
import { FILLER, holderOf, idOf, keysAt, moveTimes, queuesAt, recordOf, waiterOf } from './layout.ts'
import { Names } from './names.ts'

const ID = 'a-session-of-the-layout'
let server: RedisServer
let admin: Redis
let sessions: Sessions

beforeAll(async () => {
  server = await startRedis()
  admin = new Redis({ path: server.path })
  sessions = await createSessions({ ...OPTIONS, logLevel: 'silent', redis: { url: `unix://${server.path}` } })
})

afterAll(async () => {
  await sessions.close({ grace: 0 })
  admin.disconnect()
  await server.stop()
})

test('who holds, who waits and what is left are read from what sessions really write', async () => {
  const holder = sessions.create(ID, { request: 'first' })
  holder.data = { stored: true }
  await holder.commit({ keep: true })
  const read = () => keysAt(admin, new Set([ID]))
  expect(await holderOf(admin, ID)).toMatch(new RegExp(`\\|${process.pid}\\|`))
  expect(await waiterOf(admin, ID)).toBeUndefined()
  expect(await read()).toMatchObject([
    { key: recordOf(ID), session: ID, holder: await holderOf(admin, ID), leased: true, waiters: [] },
  ])

  const waits = sessions.open(ID, { request: 'second' })
  while ((await queuesAt(admin)) === 0) await new Promise(resolve => setImmediate(resolve))
  expect(await waiterOf(admin, ID)).toMatch(new RegExp(`\\|${process.pid}\\|`))
  expect((await read()).flatMap(({ waiters }) => waiters)).toContain('second')

  await holder.release()
  await (await waits).release()
  await admin.set('somebody', 'else')
  await admin.set(`${FILLER}of the lab`, '')
  const rest = await read()
  expect(rest.filter(({ holder, leased, waiters }) => holder !== '' || leased || waiters.length > 0)).toEqual(
    [],
  )
  expect(rest.filter(({ session }) => session === '').map(({ key }) => key)).toEqual(['somebody'])
  expect(await queuesAt(admin)).toBe(0)
})

test('of the turns of a name the newest that holds a session is found', async () => {
  const names = new Names()
  expect(await idOf([admin], 'a-turning-session')).toBe('a-turning-session')
  for (let turn = 0; turn < 11; turn += 1) {
    const session = sessions.create(names.idOf('a-turning-session'))
    session.data = { stored: true }
    await session.commit()
    names.goOn('a-turning-session', names.idOf('a-turning-session'))
  }
  expect(await idOf([admin], 'a-turning-session')).toBe('a-turning-session-turn-10')
})

test('when the times of a record are moved, its lock is older', async () => {
  const session = sessions.create(`${ID}-in-time`)
  session.data = { stored: true }
  await session.commit({ keep: true })
  await moveTimes(admin, -3000)
  expect((await sessions.inspect(`${ID}-in-time`))?.holder?.heldFor).toBeGreaterThanOrEqual(3000)
  await session.release()
})
