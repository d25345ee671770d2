// What a session's steps do to each other, and to the session under the old id: on both stores.
import { afterEach, describe, expect, test } from '@jest/globals'
import { storeUnavailable } from '../../src/errors.ts'
import type { OptionsInput } from '../../src/index.ts'
import { MemoryStore } from '../../src/memory/memory-store.ts'
import { MemorySpace } from '../../src/memory/space.ts'
import type { Store } from '../../src/store.ts'
import { ownRedis } from '../support/own-redis.ts'
import { eventsNamed, eventually, storedIn, type Watched, watchedSessions } from '../support/sessions.ts'

const redis = ownRedis()
const opened: Watched[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map(({ sessions }) => sessions.close({ grace: 0 })))
  await redis.client.flushall()
})

const OLD = { n: 1, cart: ['shirt'] }

describe.each(['memory', 'redis'] as const)('on %s', kind => {
  let space = new MemorySpace()
  afterEach(() => {
    space = new MemorySpace()
  })

  /** Each is another process. `losing` loses answers. */
  async function handler(options: OptionsInput = {}, losing?: Losing) {
    const store: Store | undefined = kind === 'memory' ? new MemoryStore(space) : undefined
    const where: OptionsInput = kind === 'memory' ? {} : { redis: { url: redis.url } }
    const made = await watchedSessions(
      { ...where, ...options },
      store ? { store: losing?.around(store) ?? store } : {},
    )
    opened.push(made)
    return made
  }

  /** Who looks takes nothing. */
  const look = ({ sessions }: Watched, id: string) => sessions.open(id, { access: 'readonly' })
  const read = async (made: Watched, id: string) => (await look(made, id)).data

  describe('a new id does not undo what happened to the session beside the request:', () => {
    test.each(['exclusive', 'optimistic'] as const)('a logout (%s)', async access => {
      const a = await handler()
      const id = await storedIn(a.sessions, OLD)
      const late = await a.sessions.open(id, { access })
      await a.sessions.destroy(id)
      await late.regenerate()
      expect(await late.commit()).toEqual({ written: false, reason: 'destroyed' })
      expect(late).toMatchObject({ isOver: true })
      expect(await look(a, late.id)).toMatchObject({ isNew: true })
      expect(eventsNamed(a.events, 'commit-refused')).toMatchObject([{ reason: 'destroyed' }])
    })

    test('a logout that the request was told of before', async () => {
      const a = await handler()
      const id = await storedIn(a.sessions, OLD)
      const late = await a.sessions.open(id)
      await a.sessions.destroy(id)
      expect(await late.commit()).toMatchObject({ reason: 'destroyed' })
      await late.regenerate()
      expect(await late.commit()).toMatchObject({ reason: 'destroyed' })
      expect(await look(a, late.id)).toMatchObject({ isNew: true })
    })

    test('a logout that ended its wait', async () => {
      const a = await handler()
      const id = await storedIn(a.sessions, OLD)
      await a.sessions.open(id)
      const waits = a.sessions.open(id)
      await eventually(async () => (await a.sessions.inspect(id))?.waiters === 1)
      await a.sessions.destroy(id)
      const late = await waits
      await late.regenerate()
      late.data.n = 2
      expect(await late.commit()).toMatchObject({ reason: 'destroyed' })
      expect(await look(a, late.id)).toMatchObject({ isNew: true })
    })

    test('its lock was broken, and the breaker has committed', async () => {
      const [a, b] = [await handler(), await handler({ breakAfter: 0.05 })]
      const id = await storedIn(a.sessions, OLD)
      const slow = await a.sessions.open(id)
      const breaker = await b.sessions.open(id)
      breaker.data.n = 2
      expect(await breaker.commit()).toMatchObject({ written: true })
      await slow.regenerate()
      expect(await slow.commit()).toMatchObject({ written: false, reason: 'lock-lost' })
      expect(await look(a, slow.id)).toMatchObject({ isNew: true })
      expect(await read(a, id)).toMatchObject({ n: 2 })
    })

    test('another has committed since it read', async () => {
      const a = await handler()
      const id = await storedIn(a.sessions, OLD)
      const late = await a.sessions.open(id, { access: 'optimistic' })
      expect(await a.sessions.update(id, data => void Object.assign(data, { n: 2 }))).toMatchObject({
        written: true,
      })
      await late.regenerate()
      expect(await late.commit()).toMatchObject({ written: false, reason: 'conflict' })
      expect(await read(a, id)).toMatchObject({ n: 2 })
    })

    test('another holds the lock, and goes on', async () => {
      const a = await handler()
      const id = await storedIn(a.sessions, OLD)
      const late = await a.sessions.open(id, { access: 'optimistic' })
      const holder = await a.sessions.open(id)
      await late.regenerate()
      expect(await late.commit()).toMatchObject({ written: false, reason: 'conflict' })
      holder.data.n = 2
      expect(await holder.commit()).toEqual({ written: true, writes: 2 })
    })

    test('it moved by a login: the new session has nothing of it', async () => {
      const a = await handler()
      const id = await storedIn(a.sessions, OLD)
      const login = await a.sessions.open(id)
      await login.regenerate()
      login.data.user = 'alice'
      expect(await login.commit()).toMatchObject({ written: true })
      const late = await a.sessions.open(id)
      expect(late).toMatchObject({ access: 'moved', data: OLD })
      await late.regenerate()
      late.data.user = 'bob'
      expect(await late.commit()).toMatchObject({ written: true })
      expect(await read(a, late.id)).toEqual({ user: 'bob' })
    })
  })

  test('where locking is off, a new id is stored whoever has committed since', async () => {
    const a = await handler({ locking: false })
    const id = await storedIn(a.sessions, OLD)
    const session = await a.sessions.open(id)
    await a.sessions.update(id, data => void Object.assign(data, { n: 2 }))
    await session.regenerate()
    expect(await session.commit()).toMatchObject({ written: true })
    expect(await look(a, id)).toMatchObject({ access: 'moved' })
  })

  describe('the old session ends at last', () => {
    test.each(['commit', 'destroy'] as const)('after a commit that was too large, by a %s', async last => {
      const a = await handler({ maxSize: 1000, maxDecompressedSize: 2000 })
      const id = await storedIn(a.sessions, OLD)
      const session = await a.sessions.open(id)
      await session.regenerate()
      session.data.text = 'x'.repeat(1000)
      expect(await session.commit()).toMatchObject({ reason: 'too-large' })
      expect((await a.sessions.inspect(id))?.holder).toBeUndefined()
      delete session.data.text
      if (last === 'commit') expect(await session.commit()).toMatchObject({ written: true })
      else await session.destroy()
      expect(await a.sessions.inspect(id)).toBeUndefined()
      expect(await look(a, id)).toMatchObject(last === 'commit' ? { access: 'moved' } : { isNew: true })
    })

    test('not if another had it after that', async () => {
      const a = await handler({ maxSize: 1000, maxDecompressedSize: 2000 })
      const id = await storedIn(a.sessions, OLD)
      const session = await a.sessions.open(id)
      await session.regenerate()
      session.data.text = 'x'.repeat(1000)
      await session.commit()
      await a.sessions.update(id, data => void Object.assign(data, { n: 2 }))
      delete session.data.text
      expect(await session.commit()).toMatchObject({ written: false, reason: 'conflict' })
      expect(await read(a, id)).toMatchObject({ n: 2 })
      expect(await look(a, session.id)).toMatchObject({ isNew: true })
    })
  })

  describe('what its visitor ended is not read under the old id:', () => {
    test('regenerate, then destroy', async () => {
      const a = await handler()
      const id = await storedIn(a.sessions, OLD)
      const session = await a.sessions.open(id)
      await session.regenerate()
      await session.destroy()
      expect(await look(a, id)).toMatchObject({ isNew: true })
    })

    test.each([
      ['a value is null', (data: Record<string, unknown>) => void Object.assign(data, { cart: null })],
      ['a value within', (data: Record<string, unknown>) => void (data.cart as string[]).pop()],
    ])('%s', async (_, change) => {
      const a = await handler()
      const id = await storedIn(a.sessions, OLD)
      const session = await a.sessions.open(id)
      change(session.data)
      await session.regenerate()
      await session.commit()
      expect(await look(a, id)).toMatchObject({ access: 'moved' })
      expect(await read(a, id)).toEqual({})
    })

    test('a key that was stored and taken away in the same request', async () => {
      const a = await handler()
      const id = await storedIn(a.sessions, OLD)
      const session = await a.sessions.open(id)
      session.data.user = 'alice'
      await session.commit({ keep: true })
      delete session.data.user
      await session.regenerate()
      await session.commit()
      expect(await look(a, id)).toMatchObject({ access: 'moved' })
      expect(await read(a, id)).toEqual({})
    })

    test('but what was stored in the same request, and kept, is', async () => {
      const a = await handler()
      const id = await storedIn(a.sessions, OLD)
      const session = await a.sessions.open(id)
      session.data.n = 2
      await session.commit({ keep: true })
      await session.regenerate()
      session.data.user = 'alice'
      await session.commit()
      expect(await look(a, id)).toMatchObject({ access: 'moved', data: { ...OLD, n: 2 } })
    })
  })

  describe('steps at once are done one after the other:', () => {
    test('two commits of a new session', async () => {
      const a = await handler()
      const session = await a.sessions.open()
      session.data.n = 1
      expect(await Promise.all([session.commit({ keep: true }), session.commit()])).toEqual([
        { written: true, writes: 1 },
        { written: true, writes: 2 },
      ])
    })

    test('a first commit and destroy', async () => {
      const a = await handler()
      const session = await a.sessions.open()
      session.data.n = 1
      await Promise.all([session.commit(), session.destroy()])
      expect(await look(a, session.id)).toMatchObject({ isNew: true })
    })

    test('upgrade and regenerate: the lock is not left behind', async () => {
      const a = await handler()
      const id = await storedIn(a.sessions, OLD)
      const session = await a.sessions.open(id, { access: 'optimistic' })
      expect(await Promise.all([session.upgrade(), session.regenerate()])).toEqual([true, undefined])
      expect(await session.commit()).toEqual({ written: true, writes: 1 })
      expect(await a.sessions.inspect(id)).toBeUndefined()
      expect(a.sessions.counts).toEqual({ holding: 0, waiting: 0 })
    })

    test('upgrade and destroy: nothing is counted as held', async () => {
      const a = await handler()
      const session = await a.sessions.open(await storedIn(a.sessions, OLD), { access: 'readonly' })
      await Promise.all([session.upgrade(), session.destroy()])
      expect(a.sessions.counts).toEqual({ holding: 0, waiting: 0 })
    })

    test('upgrade and commit: no conflict with itself', async () => {
      const a = await handler()
      const session = await a.sessions.open(await storedIn(a.sessions, OLD), { access: 'optimistic' })
      expect(await Promise.all([session.upgrade(), session.commit()])).toEqual([
        true,
        { written: true, writes: 2 },
      ])
      expect(a.sessions.counts).toEqual({ holding: 0, waiting: 0 })
    })

    test('upgrade, asked twice, takes the lock once', async () => {
      const a = await handler()
      const session = await a.sessions.open(await storedIn(a.sessions, OLD), { access: 'readonly' })
      expect(await Promise.all([session.upgrade(), session.upgrade()])).toEqual([true, true])
      expect(a.sessions.counts.holding).toBe(1)
    })
  })

  if (kind === 'memory') {
    describe('where the answer to a step is lost', () => {
      const losing = async () => {
        const answers = new Losing()
        const a = await handler({}, answers)
        return { ...a, answers, b: await handler() }
      }

      test('a first commit is stored by the next one, not refused because of itself', async () => {
        for (const keep of [false, true]) {
          const { sessions, answers, b } = await losing()
          const session = await sessions.open()
          session.data.n = 1
          answers.lose('commit')
          await expect(session.commit({ keep })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
          session.data.n = 2
          expect(await session.commit({ keep })).toEqual({ written: true, writes: 2 })
          expect([session.locked, (await b.sessions.inspect(session.id))?.holder]).toEqual([false, undefined])
          expect(await session.commit({ late: !keep })).toMatchObject({ written: true, writes: 3 })
          expect(await read(b, session.id)).toEqual({ n: 2 })
        }
      })

      test("and refused where another's record is under its id", async () => {
        const { sessions, answers, b } = await losing()
        const first = b.sessions.create('an-id-of-the-callers-own')
        first.data.n = 1
        await first.commit()
        const session = sessions.create('an-id-of-the-callers-own')
        session.data.n = 2
        answers.lose('commit')
        await expect(session.commit()).rejects.toThrow()
        expect(await session.commit()).toMatchObject({ written: false, reason: 'exists' })
        expect(await read(b, first.id)).toEqual({ n: 1 })
      })

      test('a first commit is taken back by destroy', async () => {
        const { sessions, answers, b } = await losing()
        const session = await sessions.open()
        session.data.n = 1
        answers.lose('commit')
        await expect(session.commit()).rejects.toThrow()
        expect(await read(b, session.id)).toEqual({ n: 1 })
        await session.destroy()
        expect(await look(b, session.id)).toMatchObject({ isNew: true })
      })

      test.each(['commit', 'destroy', 'regenerate'] as const)(
        'a commit after regenerate: the old session ends by the next %s',
        async next => {
          const { sessions, answers, b } = await losing()
          const id = await storedIn(sessions, OLD)
          const session = await sessions.open(id)
          await session.regenerate()
          const second = session.id
          answers.lose('commit')
          await expect(session.commit()).rejects.toThrow()
          if (next === 'regenerate') await session.regenerate()
          if (next === 'destroy') await session.destroy()
          else expect(await session.commit()).toMatchObject({ written: true })
          expect(await look(b, id)).toMatchObject(next === 'destroy' ? { isNew: true } : { access: 'moved' })
          if (next !== 'commit') expect(await b.sessions.inspect(second)).toBeUndefined()
        },
      )

      test('the end of the old session: the commit is not told as written, and destroy ends what is left', async () => {
        const { sessions, answers, b } = await losing()
        const id = await storedIn(sessions, OLD)
        const session = await sessions.open(id)
        await session.regenerate()
        answers.lose('destroy')
        await expect(session.commit()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
        expect(await look(b, id)).toMatchObject({ access: 'moved' })
        await session.destroy()
        expect(await look(b, session.id)).toMatchObject({ isNew: true })
      })

      test('a commit that was to unlock: it holds no lock, and says so', async () => {
        const { sessions, answers } = await losing()
        const session = await sessions.open(await storedIn(sessions, OLD))
        answers.lose('commit')
        await expect(session.commit()).rejects.toThrow()
        expect(session.locked).toBe(false)
        expect(await session.commit()).toMatchObject({ written: false, reason: 'not-locked' })
      })
    })
  }
})

/** A store whose next answer to a step can be lost. */
class Losing {
  #lost: keyof Store | undefined

  lose(step: keyof Store): void {
    this.#lost = step
  }

  around(store: Store): Store {
    return new Proxy(store, {
      get: (target, name: keyof Store) => {
        const step = target[name]
        if (typeof step !== 'function') return step
        return async (...args: never[]) => {
          const answer = await (step as (...args: never[]) => unknown).apply(target, args)
          if (this.#lost !== name) return answer
          this.#lost = undefined
          throw storeUnavailable('lost')
        }
      },
    })
  }
}
