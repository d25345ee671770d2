// What the list of a user names, and what it names no more: sessions that were ended one by one, ids that were taken, and records
// of others.
import { describe, expect, test } from '@jest/globals'
import type { OptionsInput, Sessions } from '../../src/index.ts'
import { ownHandlers } from '../redis/support.ts'
import { eventsNamed, storedIn, type Watched } from '../support/sessions.ts'

const { redis, handler } = ownHandlers()

const house = (options: OptionsInput = {}): Promise<Watched> =>
  handler({ users: { secret: 'a secret for users', check: 0 }, ...options })

async function login(sessions: Sessions, user = 'alice', id?: string): Promise<string> {
  const session = await sessions.open()
  await session.login(user, {}, id)
  expect(await session.commit()).toMatchObject({ written: true })
  return session.id
}

const epochOf = async (key: string) => Number(await redis.client.hget(key, 'epoch'))

/** All sessions of this user have ended, and the process that did it died before it destroyed a record. */
async function endedByAProcessThatDied(): Promise<void> {
  const [key = ''] = await redis.client.keys('sess_user:*')
  await redis.client.hset(key, 'epoch', (await epochOf(key)) + 1)
}

async function namesInIndex(): Promise<string[]> {
  const [key] = await redis.client.keys('sess_user:*')
  return key === undefined ? [] : (await redis.client.hkeys(key)).filter(field => field !== 'epoch')
}

describe('a session that is ended by its name, or by its id,', () => {
  test.each(['name', 'id'] as const)('is not named any more, and makes room at once (%s)', async by => {
    const { sessions } = await house()
    const id = await login(sessions)
    const [device] = await sessions.of('alice')
    const ended = by === 'name' ? sessions.end(device?.name ?? '') : sessions.destroy(id)
    expect(await ended).toBe(true)
    expect(await namesInIndex()).toEqual([])
    const session = await sessions.open()
    await session.login('alice', { max: 1, onMax: 'refuse' })
    expect(await session.commit()).toMatchObject({ written: true })
  })

  test('makes no call to an index where it was the session of nobody', async () => {
    const { sessions } = await house()
    const id = await storedIn(sessions)
    Object.assign(sessions.store.users, { forget: () => Promise.reject(new Error('called')) })
    expect(await sessions.destroy(id)).toBe(true)
  })
})

describe('a login under an id that is taken', () => {
  test('by a session of the same user is refused, and that session stays in the list', async () => {
    const { sessions } = await house()
    const id = await login(sessions)
    const session = await sessions.open()
    await session.login('alice', {}, id)
    expect(await session.commit()).toMatchObject({ written: false, reason: 'exists' })
    expect(await sessions.of('alice')).toHaveLength(1)
    expect(await sessions.endOf('alice')).toBe(1)
    expect(await sessions.inspect(id)).toBeUndefined()
  })

  test('by a session of another user is refused, and neither lists nor ends that one', async () => {
    const { sessions } = await house()
    const id = await login(sessions, 'bob')
    const session = await sessions.open()
    await session.login('alice', {}, id)
    expect(await sessions.of('alice')).toEqual([])
    expect(await session.commit()).toMatchObject({ written: false, reason: 'exists' })
    expect(await sessions.endOf('alice')).toBe(0)
    expect(await sessions.of('bob')).toHaveLength(1)
  })
})

describe('a session that was ended by a process that died', () => {
  test('is gone for a request that has it open, once that reads again', async () => {
    const { sessions } = await house()
    const id = await login(sessions)
    const session = await sessions.open(id)
    await endedByAProcessThatDied()
    expect(await session.reload()).toBe(false)
    await session.release()
    expect(await sessions.inspect(id)).toBeUndefined()
  })

  test('is gone for a request that asks for its lock', async () => {
    const { sessions } = await house()
    const id = await login(sessions)
    const session = await sessions.open(id, { access: 'readonly' })
    await endedByAProcessThatDied()
    expect(await session.upgrade()).toBe(false)
    expect(session.isDestroyed).toBe(true)
    expect(sessions.counts).toEqual({ holding: 0, waiting: 0 })
    expect(await sessions.inspect(id)).toBeUndefined()
  })
})

test('a login whose second look failed is looked at again by the next commit', async () => {
  const { sessions, events } = await house()
  const session = await sessions.open()
  await session.login('alice')
  const { users } = sessions.store
  const epochs = users.epochs.bind(users)
  Object.assign(users, { epochs: () => Promise.reject(new Error('the answer was lost')) })
  await expect(session.commit({ keep: true })).rejects.toThrow('the answer was lost')
  Object.assign(users, { epochs })
  await sessions.store.users.end((await hashInIndex()) ?? '', undefined, 60_000)
  session.data.n = 1
  expect(await session.commit()).toMatchObject({ written: false, reason: 'destroyed' })
  expect(eventsNamed(events, 'login')).toEqual([])
})

async function hashInIndex(): Promise<string | undefined> {
  const [key] = await redis.client.keys('sess_user:*')
  return key?.slice('sess_user:'.length)
}

test('each step of the index is an event', async () => {
  const { sessions, events } = await house()
  const session = await sessions.open(await login(sessions))
  await session.regenerate()
  await session.commit()
  await sessions.of('alice')
  await sessions.endOf('alice')
  const steps = eventsNamed(events, 'store-answered').map(({ step }) => step)
  for (const step of ['reserve', 'follow', 'epochs', 'list', 'end', 'forget'] as const)
    expect(steps).toContain(`users.${step}`)
})
