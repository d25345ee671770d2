// The session of a user under a new id: the user's list follows, and so does an end of all sessions.
import { describe, expect, test } from '@jest/globals'
import type { OptionsInput, Sessions } from '../../src/index.ts'
import { ownHandlers } from '../redis/support.ts'
import { eventsNamed, type Watched } from '../support/sessions.ts'

const { redis, handler } = ownHandlers()

const house = (options: OptionsInput = {}): Promise<Watched> =>
  handler({ users: { secret: 'a secret for users', check: 0 }, ...options })

async function login(sessions: Sessions, device = 'laptop'): Promise<string> {
  const session = await sessions.open()
  await session.login('alice', { device })
  session.data.user = 'alice'
  expect(await session.commit()).toMatchObject({ written: true })
  return session.id
}

async function rotate(sessions: Sessions, id: string): Promise<string> {
  const session = await sessions.open(id)
  expect(await session.rotate()).toBe(true)
  expect(await session.commit()).toMatchObject({ written: true })
  return session.id
}

async function isOpen(sessions: Sessions, id: string): Promise<boolean> {
  return (await sessions.open(id, { access: 'readonly' })).data.user === 'alice'
}

async function namesInIndex(): Promise<string[]> {
  const [key = ''] = await redis.client.keys('sess_user:*')
  return (await redis.client.hkeys(key)).filter(field => field !== 'epoch')
}

describe('a session of a user that is rotated', () => {
  test('stays one device in the list, with its login, and a login is no news again', async () => {
    const { sessions, events } = await house()
    const id = await login(sessions)
    const [before] = await sessions.of('alice')
    const to = await rotate(sessions, id)
    const [after, ...others] = await sessions.of('alice', { current: { id: to } })
    expect(others).toEqual([])
    expect(after).toMatchObject({ device: 'laptop', created: before?.created, current: true })
    expect(after?.name).not.toBe(before?.name)
    expect(await namesInIndex()).toEqual([`s:${after?.name}`])
    expect(eventsNamed(events, 'login')).toHaveLength(1)
    expect(eventsNamed(events, 'session-rotated')).toHaveLength(1)
  })

  test('counts once where sessions are limited', async () => {
    const { sessions } = await house()
    const id = await rotate(sessions, await login(sessions))
    const another = await sessions.open()
    await another.login('alice', { max: 2, onMax: 'refuse' })
    expect(await another.commit()).toMatchObject({ written: true })
    expect(await isOpen(sessions, id)).toBe(true)
  })

  test('ends with all others, under its new id and under the one that leads there', async () => {
    const { sessions } = await house()
    const old = await login(sessions)
    const id = await rotate(sessions, old)
    expect(await isOpen(sessions, old)).toBe(true)
    expect(await sessions.endOf('alice')).toBe(1)
    for (const each of [id, old]) expect(await isOpen(sessions, each)).toBe(false)
  })

  test('ends where the process that ended all sessions died before it destroyed one', async () => {
    const { sessions, events } = await house()
    const old = await login(sessions)
    const id = await rotate(sessions, old)
    const [key = ''] = await redis.client.keys('sess_user:*')
    await redis.client.hincrby(key, 'epoch', 1)
    expect(await isOpen(sessions, old)).toBe(false)
    expect(await sessions.inspect(id)).toBeUndefined()
    expect(eventsNamed(events, 'ended-session-met')).toHaveLength(1)
  })

  test('goes on as the one that is spared, by its new id', async () => {
    const { sessions } = await house()
    await login(sessions, 'phone')
    const id = await rotate(sessions, await login(sessions))
    expect(await sessions.endOf('alice', { except: { id } })).toBe(1)
    expect(await isOpen(sessions, id)).toBe(true)
    expect(await sessions.of('alice')).toMatchObject([{ device: 'laptop' }])
  })
})

test('it costs four steps more than a commit', async () => {
  const { sessions, events } = await house()
  const session = await sessions.open(await login(sessions))
  events.length = 0
  await session.rotate()
  await session.commit()
  const steps = eventsNamed(events, 'store-answered').map(({ step }) => step)
  expect(steps).toEqual(['users.follow', 'commit', 'users.epochs', 'destroy', 'users.forget'])
})

test('a logout that opened it before the rotation takes it out of the list', async () => {
  const { sessions } = await house()
  const old = await login(sessions)
  const leaves = await sessions.open(old, { access: 'optimistic' })
  const id = await rotate(sessions, old)
  await leaves.destroy()
  expect(await sessions.inspect(id)).toBeUndefined()
  expect(await namesInIndex()).toEqual([])
})

test('a rotation beside an end of all sessions is refused, and leaves neither session nor name', async () => {
  const { sessions } = await house()
  const old = await login(sessions)
  const session = await sessions.open(old)
  await session.rotate()
  await sessions.endOf('alice')
  expect(await session.commit()).toMatchObject({ written: false, reason: 'destroyed' })
  for (const id of [old, session.id]) expect(await sessions.inspect(id)).toBeUndefined()
  expect(await namesInIndex()).toEqual([])
})

describe('the list names the old id still', () => {
  test('where the rotation was never committed', async () => {
    const { sessions } = await house()
    const old = await login(sessions)
    const session = await sessions.open(old)
    await session.rotate()
    await session.release()
    expect(await sessions.of('alice', { current: { id: old } })).toMatchObject([{ current: true }])
    expect(await namesInIndex()).toHaveLength(1)
  })

  test('where another request has changed the session meanwhile', async () => {
    const { sessions } = await house()
    const old = await login(sessions)
    const session = await sessions.open(old, { access: 'optimistic' })
    await sessions.update(old, data => {
      data.basket = 'shirt'
    })
    await session.rotate()
    expect(await session.commit()).toMatchObject({ written: false, reason: 'conflict' })
    expect(await sessions.of('alice', { current: { id: old } })).toMatchObject([{ current: true }])
    expect(await namesInIndex()).toHaveLength(1)
    expect(await isOpen(sessions, old)).toBe(true)
  })
})

test('a rotation whose look at the index failed holds no lock, and is finished by the next commit', async () => {
  const { sessions } = await house()
  const old = await login(sessions)
  const session = await sessions.open(old)
  await session.rotate()
  const { users } = sessions.store
  const epochs = users.epochs.bind(users)
  Object.assign(users, { epochs: () => Promise.reject(new Error('the answer was lost')) })
  await expect(session.commit({ keep: true })).rejects.toThrow('the answer was lost')
  Object.assign(users, { epochs })
  expect((await sessions.inspect(old))?.holder).toBeUndefined()
  session.data.n = 1
  expect(await session.commit()).toMatchObject({ written: true })
  expect(await namesInIndex()).toHaveLength(1)
  expect(await isOpen(sessions, old)).toBe(true)
  expect((await sessions.open(old, { access: 'readonly' })).id).toBe(session.id)
})
