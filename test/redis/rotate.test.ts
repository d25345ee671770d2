// A new id for the same session: the old one leads to it for a while, and never to a login.
import { describe, expect, test } from '@jest/globals'
import type { OptionsInput } from '../../src/index.ts'
import { recordName } from '../../src/session-id.ts'
import { eventsNamed } from '../support/sessions.ts'
import { ownHandlers, stored, waiting } from './support.ts'

const { redis, handler } = ownHandlers()

/** A session that was rotated: its old id, and its new one. */
async function rotated(options: { grace?: number } = {}, handling: OptionsInput = {}) {
  const a = await handler(handling)
  const old = await stored(a, { basket: ['shirt'] })
  const session = await a.sessions.open(old)
  expect(await session.rotate(options)).toBe(true)
  expect(await session.commit()).toMatchObject({ written: true })
  expect(session.id).not.toBe(old)
  return { a, old, id: session.id }
}

test.each(['exclusive', 'optimistic', 'readonly'] as const)(
  'during the grace the old id opens the session (%s) under its new id',
  async access => {
    const { a, old, id } = await rotated()
    const session = await a.sessions.open(old, { access })
    expect(session).toMatchObject({ id, access, isNew: false, data: { basket: ['shirt'] } })
    await session.release()
  },
)

test('it costs one step of the store more than a commit', async () => {
  const a = await handler()
  const session = await a.sessions.open(await stored(a))
  a.events.length = 0
  await session.rotate()
  await session.commit()
  expect(eventsNamed(a.events, 'store-answered').map(({ step }) => step)).toEqual(['commit', 'destroy'])
})

test('what a request with the old id commits is stored under the new one', async () => {
  const { a, old, id } = await rotated()
  const session = await a.sessions.open(old)
  session.data.basket = ['shirt', 'tea']
  expect(await session.commit()).toMatchObject({ written: true })
  expect((await a.sessions.open(id, { access: 'readonly' })).data).toEqual({ basket: ['shirt', 'tea'] })
})

test('a request that waits with the old id goes on with the new one, and nothing is lost', async () => {
  const a = await handler()
  const b = await handler()
  const old = await stored(a, { basket: ['shirt'] })
  const first = await a.sessions.open(old)
  const second = b.sessions.open(old)
  await waiting(a, old, 1)
  await first.rotate()
  first.data.basket = ['shirt', 'tea']
  await first.commit()
  const waited = await second
  expect(waited).toMatchObject({ id: first.id, locked: true, data: { basket: ['shirt', 'tea'] } })
  await waited.release()
})

test('sessions.update with the old id changes the session under the new one', async () => {
  const { a, old, id } = await rotated()
  expect(
    await a.sessions.update(old, change => {
      change.n = 1
    }),
  ).toMatchObject({ written: true })
  expect((await a.sessions.open(id, { access: 'readonly' })).data).toMatchObject({ n: 1 })
})

test('data that is encrypted is encrypted for its new record, and the old id leads there', async () => {
  const keys = [{ id: 'first', key: '11'.repeat(32) }]
  const { a, old, id } = await rotated({}, { encryption: { keys, required: true } })
  const payload = await redis.client.hget(`sess_${recordName(id, 'hashed')}`, 'data')
  expect(payload).not.toContain('shirt')
  for (const sent of [id, old]) {
    const session = await a.sessions.open(sent)
    expect(session).toMatchObject({ id, data: { basket: ['shirt'] } })
    session.data.basket = ['shirt']
    expect(await session.commit()).toMatchObject({ written: true })
  }
  expect(eventsNamed(a.events, 'record-unreadable')).toEqual([])
})

describe('a request that has the session open without its lock, while another one rotates it,', () => {
  const meanwhile = async (access: 'readonly' | 'optimistic', grace?: number) => {
    const a = await handler()
    const old = await stored(a, { basket: ['shirt'] })
    const open = await a.sessions.open(old, { access })
    const other = await a.sessions.open(old)
    await other.rotate({ grace })
    other.data.basket = ['shirt', 'tea']
    await other.commit()
    return { a, open, id: other.id }
  }

  test.each(['readonly', 'optimistic'] as const)(
    'has its lock under the new id once it asks (%s)',
    async access => {
      const { a, open, id } = await meanwhile(access)
      expect(await open.upgrade()).toBe(true)
      expect(open).toMatchObject({ id, locked: true, data: { basket: ['shirt', 'tea'] } })
      open.data.basket = []
      expect(await open.commit()).toMatchObject({ written: true })
      expect(await a.sessions.inspect(id)).toMatchObject({ holder: undefined, writes: 2 })
    },
  )

  test.each(['readonly', 'optimistic'] as const)(
    'reads it under the new id once it reads again (%s)',
    async access => {
      const { open, id } = await meanwhile(access)
      expect(await open.reload()).toBe(true)
      expect(open).toMatchObject({ id, locked: false, data: { basket: ['shirt', 'tea'] } })
      open.data.basket = []
      expect(await open.commit()).toMatchObject({ written: access === 'optimistic' })
    },
  )

  test('has no session any more where the grace is over, and that is no use of an old id', async () => {
    for (const step of ['upgrade', 'reload'] as const) {
      const { a, open } = await meanwhile('readonly', 0)
      expect(await open[step]()).toBe(false)
      expect(eventsNamed(a.events, 'old-id-used')).toEqual([])
    }
  })

  test('is told that it moved where it commits what it read before', async () => {
    const { open } = await meanwhile('optimistic')
    open.data.basket = []
    expect(await open.commit()).toMatchObject({ written: false, reason: 'moved' })
  })
})

describe('a logout', () => {
  test.each([30, 0])(
    'that runs beside a rotation ends what the session goes on as (grace %i s)',
    async grace => {
      for (const access of ['optimistic', 'readonly'] as const) {
        const a = await handler()
        const old = await stored(a, { n: 1 })
        const leaves = await a.sessions.open(old, { access })
        const other = await a.sessions.open(old)
        await other.rotate({ grace })
        await other.commit()
        const again = await a.sessions.open(other.id)
        await again.rotate({ grace })
        await again.commit()
        await leaves.destroy()
        expect(await a.sessions.inspect(again.id)).toBeUndefined()
        expect(eventsNamed(a.events, 'session-destroyed')).toHaveLength(1)
      }
    },
  )

  test('that comes between the two steps of a rotation ends both', async () => {
    const a = await handler()
    const old = await stored(a, { n: 1 })
    const session = await a.sessions.open(old)
    await session.rotate()
    const { store } = a.sessions
    const destroy = store.destroy.bind(store)
    Object.assign(store, {
      destroy: async (...args: Parameters<typeof destroy>) => {
        Object.assign(store, { destroy })
        expect(await a.sessions.destroy(old)).toBe(true)
        return destroy(...args)
      },
    })
    expect(await session.commit()).toMatchObject({ written: false, reason: 'destroyed' })
    for (const id of [old, session.id]) expect(await a.sessions.inspect(id)).toBeUndefined()
  })

  test('by the old id, during the grace and after it, ends the session', async () => {
    for (const grace of [30, 0]) {
      const { a, old, id } = await rotated({ grace })
      expect(await a.sessions.destroy(old)).toBe(true)
      expect(await a.sessions.inspect(id)).toBeUndefined()
      expect(await a.sessions.destroy(old)).toBe(false)
    }
  })
})

test('sessions.update changes a session that is rotated while it runs', async () => {
  const a = await handler()
  const old = await stored(a, { n: 1 })
  let id = old
  const outcome = await a.sessions.update(old, async data => {
    if (id === old) {
      const beside = await a.sessions.open(old)
      await beside.rotate()
      beside.data.n = 10
      await beside.commit()
      id = beside.id
    }
    data.n = Number(data.n) + 1
  })
  expect(outcome).toMatchObject({ written: true })
  expect((await a.sessions.open(id, { access: 'readonly' })).data).toEqual({ n: 11 })
})

test('without a grace, the old id opens a new session at once, and an event says so', async () => {
  const { a, old, id } = await rotated({ grace: 0 })
  for (const access of ['exclusive', 'readonly'] as const) {
    const session = await a.sessions.open(old, { access })
    expect(session).toMatchObject({ isNew: true, data: {} })
    expect([old, id]).not.toContain(session.id)
    await session.release()
  }
  expect(eventsNamed(a.events, 'old-id-used')).toHaveLength(2)
  expect(eventsNamed(a.events, 'session-rotated')).toHaveLength(1)
})

test('after the grace the old id opens a new session, and an event says so, for an hour', async () => {
  const { a, old, id } = await rotated()
  const key = `sess_${recordName(old, 'hashed')}`
  const [version, kind, until, readable] = ((await redis.client.hget(key, 'gone')) ?? '').split(' ')
  expect(Number(until) - Number(readable)).toBe(3_600_000)
  await redis.client.hset(key, 'gone', `${version} ${kind} ${until} 1`)
  for (const access of ['exclusive', 'optimistic', 'readonly'] as const) {
    const session = await a.sessions.open(old, { access, request: `GET shop.example/${access}` })
    expect(session).toMatchObject({ isNew: true, data: {} })
    expect([old, id]).not.toContain(session.id)
    await session.release()
  }
  const session = recordName(old, 'hashed').slice(0, 10)
  expect(eventsNamed(a.events, 'old-id-used')).toEqual(
    ['exclusive', 'optimistic', 'readonly'].map(access => ({
      event: 'old-id-used',
      session,
      request: `GET shop.example/${access}`,
    })),
  )
  expect((await a.sessions.open(id, { access: 'readonly' })).data).toEqual({ basket: ['shirt'] })
})

test('one that waited with the old id, without a grace, begins no session beside the new one', async () => {
  const a = await handler()
  const old = await stored(a, { n: 1 })
  const first = await a.sessions.open(old)
  const second = a.sessions.open(old)
  await waiting(a, old, 1)
  await first.rotate({ grace: 0 })
  await first.commit()
  const waited = await second
  expect(waited).toMatchObject({ isOver: true, isNew: false, data: {} })
  waited.data.n = 2
  expect(await waited.commit()).toMatchObject({ written: false, reason: 'destroyed' })
  // It came before the rotation.
  expect(eventsNamed(a.events, 'old-id-used')).toEqual([])
})

describe('an id from before two rotations leads to where the session is by now, for its own grace:', () => {
  const twice = async (grace?: number) => {
    const a = await handler()
    const old = await stored(a, { n: 1 })
    const open = await a.sessions.open(old, { access: 'optimistic' })
    let id = old
    for (const each of [grace, undefined]) {
      const session = await a.sessions.open(id)
      await session.rotate({ grace: each })
      await session.commit()
      id = session.id
    }
    return { a, old, open, id }
  }

  test.each(['exclusive', 'optimistic', 'readonly'] as const)('opened (%s)', async access => {
    const { a, old, id } = await twice()
    const session = await a.sessions.open(old, { access })
    expect(session).toMatchObject({ id, data: { n: 1 } })
    await session.release()
  })

  test.each(['upgrade', 'reload'] as const)('open before, by %s', async step => {
    const { open, id } = await twice()
    expect(await open[step]()).toBe(true)
    expect(open).toMatchObject({ id, data: { n: 1 } })
    await open.release()
  })

  test('and no longer', async () => {
    const { a, old } = await twice(0)
    expect(await a.sessions.open(old, { access: 'readonly' })).toMatchObject({ isNew: true })
  })
})

test('requests with one id that all rotate, one after the other, work on one session', async () => {
  const a = await handler()
  const old = await stored(a, { n: 1 })
  const first = await a.sessions.open(old)
  const others = [1, 2].map(async () => {
    const session = await a.sessions.open(old)
    session.data.n = Number(session.data.n) + 1
    await session.rotate()
    expect(await session.commit()).toMatchObject({ written: true })
    return session.id
  })
  await waiting(a, old, 2)
  await first.rotate()
  await first.commit()
  const ids = await Promise.all(others)
  expect(await a.sessions.open(old, { access: 'readonly' })).toMatchObject({ data: { n: 3 } })
  expect(ids).toHaveLength(2)
})

test('Redis shows the new id nowhere', async () => {
  const { old, id } = await rotated()
  const [pointer] = await Promise.all(
    (await redis.client.keys('*')).map(key => redis.client.hgetBuffer(key, 'old')),
  ).then(olds => olds.filter(value => value !== null))
  expect(pointer?.length).toBeGreaterThan(id.length)
  expect(pointer?.includes(id) || pointer?.includes(old)).toBe(false)
})

describe('a login in the same request', () => {
  test.each([
    ['after', ['rotate', 'regenerate']],
    ['before', ['regenerate', 'rotate']],
  ] as const)('%s the rotation: no old id leads to it', async (_, steps) => {
    const a = await handler()
    const old = await stored(a, { basket: ['shirt'] })
    const session = await a.sessions.open(old)
    for (const step of steps) await session[step]()
    session.data.user = 'alice'
    expect(await session.commit()).toMatchObject({ written: true })
    const beside = await a.sessions.open(old, { access: 'readonly' })
    expect(beside.id).not.toBe(session.id)
    expect(beside.data).not.toHaveProperty('user')
  })
})

test('a login in a later request, within the grace: no id from before leads to it', async () => {
  const { a, old, id } = await rotated()
  const session = await a.sessions.open(id)
  await session.regenerate()
  session.data.user = 'alice'
  expect(await session.commit()).toMatchObject({ written: true })
  for (const before of [old, id])
    for (const access of ['exclusive', 'optimistic', 'readonly'] as const) {
      const beside = await a.sessions.open(before, { access })
      expect(beside).toMatchObject({ isOver: true, data: { basket: ['shirt'] } })
      expect(beside.data).not.toHaveProperty('user')
      expect(beside.id).not.toBe(session.id)
      expect(await beside.commit()).toMatchObject({ written: false, reason: 'moved' })
    }
})

test('one that has changed meanwhile is not rotated, and stays as it is', async () => {
  const a = await handler()
  const old = await stored(a, { n: 1 })
  const late = await a.sessions.open(old, { access: 'optimistic' })
  await a.sessions.update(old, change => {
    change.n = 2
  })
  await late.rotate()
  expect(await late.commit()).toMatchObject({ written: false, reason: 'conflict' })
  expect((await a.sessions.open(old, { access: 'readonly' })).data).toEqual({ n: 2 })
  expect(await a.sessions.open(late.id, { access: 'readonly' })).toMatchObject({ isNew: true })
})

test('a logout under the new id holds for the old one', async () => {
  const { a, old, id } = await rotated()
  await a.sessions.destroy(id)
  expect(await a.sessions.open(old, { access: 'readonly' })).toMatchObject({ isNew: true, data: {} })
})

test('where nothing is stored or the session has ended, there is nothing to rotate', async () => {
  const a = await handler()
  const fresh = await a.sessions.open()
  const { id } = fresh
  expect(await fresh.rotate()).toBe(false)
  expect(fresh.id).toBe(id)
  const ended = await a.sessions.open(await stored(a))
  await ended.destroy()
  expect(await ended.rotate()).toBe(false)
})

test('a readonly session and a grace that is none are refused by name', async () => {
  const a = await handler()
  const session = await a.sessions.open(await stored(a), { access: 'readonly' })
  await expect(session.rotate()).rejects.toMatchObject({ code: 'SESSION_READ_ONLY' })
  await expect(session.rotate({ grace: -1 })).rejects.toThrow('grace: expected 0 to 86400 seconds, got -1')
  await expect(session.rotate({ grace: Number.NaN })).rejects.toThrow(RangeError)
})
