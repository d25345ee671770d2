import assert from 'node:assert/strict'
import { rungOf, userOf } from '../commit-id.ts'
import type { Found } from '../store.ts'
import { isGranted, isQueued, LONG, matches, type Promised, SHORT, TOMBSTONE, within } from './stage.ts'

export const lifetimes: Promised[] = [
  {
    name: 'a commit sets the time to live as asked, longer or shorter',
    async run(stage) {
      const holder = await stage.held('a', stage.process(1), { lease: 1000 })
      for (const ttl of [3 * LONG, LONG, 40_000]) {
        await holder.commit('a', 'x', { ttl, keep: true, lease: 1000 })
        within((await stage.store.inspect('a'))?.ttl, ttl - 5000, ttl)
      }
      await holder.commit('a', 'x', { ttl: 20_000 })
      within((await stage.store.inspect('a'))?.ttl, 15_000, 20_000)
    },
  },
  {
    name: 'a commit does not reach beyond the absolute age of the record, counted from its first commit',
    async run(stage) {
      await stage.record('a', 'first', { absolute: 30_000 })
      const before = await stage.store.inspect('a')
      within(before?.ttl, 25_000, 30_000)
      const holder = stage.process(2).caller()
      isGranted(await holder.acquire('a', { lease: 1000 }))
      await holder.commit('a', 'second', { absolute: 40_000 })
      const after = await stage.store.inspect('a')
      within(after?.ttl, 30_001, 40_000)
      assert.equal(after?.created, before?.created)
    },
  },
  {
    name: 'a record whose absolute age is over is not created',
    async run(stage) {
      const old = await stage.process(1).caller().commit('old', 'first', { mode: 'create', absolute: SHORT })
      assert.ok(old.outcome === 'written' && old.created)
      const { created } = old
      await stage.until(async () => (await stage.store.read('old')) === undefined)
      const creating = { mode: 'create', created, absolute: SHORT } as const
      const late = await stage.process(1).caller().commit('a', 'late', creating)
      assert.deepEqual(late, { outcome: 'refused', reason: 'destroyed' })
      assert.equal(await stage.store.inspect('a'), undefined)
      const older = await stage
        .process(1)
        .caller()
        .commit('a', 'x', { ...creating, absolute: LONG })
      matches(older, { outcome: 'written', created })
    },
  },
  {
    name: 'the age of an id counts from when it was first stored, and is told with the lock',
    async run(stage) {
      await stage.record('begins')
      const created = (await stage.lifeOf('begins')).created - HOUR
      await stage.record('a', 'first', { created })
      const ageOf = async () => {
        const holder = stage.process(1).caller()
        const got = isGranted(await holder.acquire('a'))
        assert.equal(got.created, created)
        await holder.commit('a', 'and on')
        return got.idAge
      }
      const age = await ageOf()
      within(age, 0, HOUR - 1)
      // No commit begins it anew.
      await stage.until(async () => (await ageOf()) > age)
      matches((await stage.read('a')) ?? {}, { idAge: 0 })
    },
  },
  {
    name: 'a record that goes on with a session from another id knows how far that had come, to its end',
    async run(stage) {
      await stage.record('begins')
      assert.equal(rungOf((await stage.lifeOf('begins')).born), undefined)
      for (const [rung, kept] of [
        [0, 0],
        [7, 7],
        [5000, 9],
      ] as const) {
        const name = `follows ${rung}`
        const holder = stage.process(1).caller()
        await holder.commit(name, 'first', { mode: 'create', rung, keep: true })
        await holder.commit(name, 'second')
        assert.equal(rungOf((await stage.lifeOf(name)).born), kept)
      }
    },
  },
  {
    name: 'a record says to its end who has logged in, to all that read it, wait for it, are handed it or end it',
    async run(stage) {
      const user = 'a_hash-of.1234567890123'
      const holder = stage.process(1).caller()
      await holder.commit('a', 'first', { mode: 'create', rung: 7, user, keep: true })
      const told = async (found: Pick<Found, 'born'> | undefined) => {
        assert.equal(userOf(found?.born ?? ''), user)
        assert.equal(rungOf(found?.born ?? ''), 7)
      }
      const next = stage.process(1).caller()
      isQueued(await next.acquire('a'))
      await told((await holder.commit('a', 'second')).next?.found)
      await told(await stage.read('a'))
      await next.commit('a', 'third')
      for (let n = 0; n < 12; n++) {
        const later = stage.process(2).caller()
        await told(isGranted(await later.acquire('a')))
        await later.commit('a', `again ${n}`)
      }
      const lasts = SHORT
      await told(await stage.store.destroy('a', { ...TOMBSTONE, lasts }).then(({ born = '' }) => ({ born })))
      await stage.until(async () => (await stage.store.read('a')) === undefined)
      await stage.record('a')
      assert.equal(userOf((await stage.lifeOf('a')).born), undefined)
    },
  },
  {
    name: 'a record that is asked for again and again still ends at its absolute age',
    async run(stage) {
      await stage.record('a', 'first', { absolute: 3 * SHORT })
      const outcome = await stage.until(async () => {
        const caller = stage.process(2).caller()
        const got = await caller.acquire('a')
        await stage.store.renew([caller.lease('a')])
        await caller.release('a', { ttl: LONG, absolute: 3 * SHORT, interval: 0 })
        return got.outcome !== 'granted' && got.outcome
      })
      assert.equal(outcome, 'missing')
    },
  },
  {
    name: 'a record that is held or handed on still ends at its absolute age',
    async run(stage) {
      const [holds, handsOn] = [stage.process(1).caller(), stage.process(1).caller()]
      await holds.commit('a', 'first', { mode: 'create', keep: true, absolute: SHORT })
      // On a slow machine it is too old before it is handed on.
      let tries = 0
      const name = await stage.until(async () => {
        const name = `b${++tries}`
        await handsOn.commit(name, 'first', { mode: 'create', keep: true })
        const next = stage.process(1).caller()
        isQueued(await next.acquire(name))
        const { next: handed } = await handsOn.commit(name, 'second', { absolute: SHORT })
        return handed?.token === next.token && name
      })
      await stage.until(async () => (await stage.store.read('a')) === undefined)
      await stage.until(async () => (await stage.store.read(name)) === undefined)
    },
  },
  {
    name: 'acquire extends a time to live that would end within the request, so that waiters find the record',
    async run(stage) {
      await stage.record('a', 'first', { ttl: 5000 })
      isGranted(await stage.process(1).caller().acquire('a', { lease: 10_000 }))
      within((await stage.store.inspect('a'))?.ttl, 10_001, 20_000)
    },
  },
  {
    name: 'acquire never shortens a time to live',
    async run(stage) {
      await stage.record('a', 'first', { ttl: 5 * LONG })
      const holder = stage.process(1).caller()
      for (const lease of [1000, 20_000]) isGranted(await holder.acquire('a', { lease }))
      isQueued(await stage.process(2).caller().acquire('a', { lease: 1000 }))
      await stage.store.renew([holder.lease('a', 1000)])
      within((await stage.store.inspect('a'))?.ttl, 4 * LONG, 5 * LONG)
    },
  },
  {
    name: 'a request that holds the lock outlives a short time to live: by a commit that keeps, a renewal, a hand-over',
    async run(stage) {
      const ttl = async () => (await stage.store.inspect('a'))?.ttl
      const holder = stage.process(1).caller()
      await holder.commit('a', 'first', { mode: 'create', keep: true, ttl: 1000 })
      within(await ttl(), LONG, 2 * LONG)
      await holder.commit('a', 'second', { keep: true, ttl: 1000 })
      within(await ttl(), LONG, 2 * LONG)
      await stage.store.renew([holder.lease('a', 2 * LONG)])
      within(await ttl(), 2 * LONG + 1, 4 * LONG)
      isQueued(await stage.process(1).caller().acquire('a'))
      await holder.commit('a', 'third', { ttl: 1000 })
      within(await ttl(), LONG, 2 * LONG)
    },
  },
  {
    name: 'an expired record is gone for everybody, and no late call brings it back',
    async run(stage) {
      const { store } = stage
      const late = await stage.held('a')
      const waiter = stage.process(2).caller()
      isQueued(await waiter.acquire('a'))
      await late.commit('a', 'short', { ttl: SHORT, keep: true, lease: 10 })
      await stage.until(async () => (await store.read('a')) === undefined)
      const destroyed = { outcome: 'refused', reason: 'destroyed' }
      assert.deepEqual(await late.commit('a', 'late'), destroyed)
      assert.deepEqual(await late.commit('a', 'late', { keep: true }), destroyed)
      assert.deepEqual(await late.commit('a', 'late', { mode: 'unlocked' }), destroyed)
      assert.deepEqual(await late.commit('a', 'late', { mode: 'optimistic' }), destroyed)
      assert.deepEqual(await store.renew([late.lease('a')]), [{ outcome: 'destroyed' }])
      assert.equal(await store.touch('a', { ttl: LONG, absolute: 0, interval: 0 }), 'missing')
      assert.deepEqual(await late.release('a', { ttl: LONG, absolute: 0, interval: 0 }), {
        outcome: 'missing',
      })
      assert.deepEqual(await late.leave('a'), { outcome: 'missing' })
      assert.deepEqual(await waiter.acquire('a'), { outcome: 'missing' })
      assert.equal(await store.inspect('a'), undefined)
    },
  },
  {
    name: 'an expired record may be created anew, and starts from nothing',
    async run(stage) {
      await stage.record('a', 'old', { ttl: SHORT })
      await stage.until(async () => (await stage.store.read('a')) === undefined)
      await stage.record('a', 'new')
      matches((await stage.store.inspect('a')) ?? {}, {
        data: Buffer.from('new'),
        writes: 1,
        touches: 0,
        waiters: 0,
      })
    },
  },
  {
    name: 'a commit without any time to live leaves nothing that stays, whoever waits',
    async run(stage) {
      const holder = await stage.held('a')
      isQueued(await stage.process(1).caller().acquire('a', { lease: 10 }))
      await holder.commit('a', 'x', { ttl: 0, lease: 10 })
      await stage.until(async () => (await stage.store.inspect('a')) === undefined)
    },
  },
]

const HOUR = 3_600_000
