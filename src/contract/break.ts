import assert from 'node:assert/strict'
import { type Caller, isGranted, isQueued, LONG, matches, type Promised, SHORT, textOf } from './stage.ts'

const naming = (holder: Caller, writes?: number) => ({ breaks: { token: holder.token, writes } })

export const breaking: Promised[] = [
  {
    name: 'a lease that lapsed costs the holder its lock, and who takes it is told from whom',
    async run(stage) {
      const holder = await stage.held('a', stage.process(1), { lease: SHORT })
      const next = stage.process(2).caller()
      const got = await stage.until(() => next.granted('a'))
      matches(got.took ?? {}, { because: 'lapsed' })
      matches(got.took?.from ?? {}, { token: holder.token, request: 'GET holder' })
      assert.ok((got.took?.from.heldFor ?? 0) >= SHORT)
      matches(await holder.commit('a', 'late'), { outcome: 'refused', reason: 'lock-lost' })
    },
  },
  {
    name: 'a lease that lapsed costs nobody the lock for a request of the same process, which alone knows whether it is lost',
    async run(stage) {
      const process = stage.process(1)
      const holder = await stage.held('a', process, { lease: SHORT })
      await stage.until(async () => ((await stage.store.inspect('a'))?.holder?.leaseLeft ?? 1) <= 0)
      const seen = isQueued(await process.caller().acquire('a'))
      matches(seen, { kind: 'ours', position: 0, took: undefined })
      assert.equal(seen.holder.token, holder.token)
      assert.ok(seen.leaseLeft <= 0)
      matches(await holder.commit('a', 'slow'), { outcome: 'written', writes: 2 })
    },
  },
  {
    name: 'a lease that lapsed costs it for one of the same process that names the holder',
    async run(stage) {
      const process = stage.process(1)
      const holder = await stage.held('a', process, { lease: SHORT })
      await stage.until(async () => ((await stage.store.inspect('a'))?.holder?.leaseLeft ?? 1) <= 0)
      const got = isGranted(await process.caller().acquire('a', naming(holder)))
      matches(got.took ?? {}, { because: 'lapsed' })
      assert.equal(got.took?.from.token, holder.token)
      matches(await holder.commit('a', 'late'), { outcome: 'refused', reason: 'lock-lost' })
    },
  },
  {
    name: 'a lease that lapsed while nobody took the lock still commits',
    async run(stage) {
      const holder = await stage.held('a', stage.process(1), { lease: SHORT })
      await stage.until(async () => ((await stage.store.inspect('a'))?.holder?.leaseLeft ?? 1) <= 0)
      assert.deepEqual(await holder.commit('a', 'slow'), { outcome: 'written', writes: 2 })
    },
  },
  {
    name: 'a living holder is not disturbed by those who ask',
    async run(stage) {
      const holder = await stage.held('a')
      const waiters = stage.process(2).callers(5)
      for (let look = 0; look < 3; look++) for (const waiter of waiters) isQueued(await waiter.acquire('a'))
      matches(await holder.commit('a'), { outcome: 'written', writes: 2 })
    },
  },
  {
    name: 'a break takes the lock from the holder that it names, and tells from whom',
    async run(stage) {
      const holder = await stage.held('a')
      const breaker = stage.process(2).caller()
      isQueued(await breaker.acquire('a'))
      const got = isGranted(await breaker.acquire('a', naming(holder)))
      matches(got.took ?? {}, { because: 'broken' })
      matches(got.took?.from ?? {}, { token: holder.token, request: 'GET holder' })
      matches((await stage.store.inspect('a')) ?? {}, { waiters: 0 })
      matches(await breaker.commit('a', 'by breaker'), { outcome: 'written', writes: 2 })
    },
  },
  {
    name: 'a holder whose lock was taken is told',
    async run(stage) {
      const process = await stage.listening(1)
      const broken = await stage.held('a', process)
      matches(await stage.process(2).caller().acquire('a', naming(broken)), { outcome: 'granted' })
      await stage.until(async () => process.woken.includes(broken.token))
      const lapsed = await stage.held('b', process, { lease: SHORT })
      const next = stage.process(2).caller()
      await stage.until(() => next.granted('b'))
      await stage.until(async () => process.woken.includes(lapsed.token))
    },
  },
  {
    name: 'a break that names anybody but the holder takes nothing',
    async run(stage) {
      const first = await stage.held('a')
      const second = stage.process(1).caller()
      isQueued(await second.acquire('a'))
      await first.release('a')
      matches(await stage.process(2).caller().acquire('a', naming(first)), {
        outcome: 'queued',
        took: undefined,
      })
      matches(await second.commit('a', 'safe', { base: 1 }), { outcome: 'written' })
    },
  },
  {
    name: 'a break that names a version takes nothing once it has changed',
    async run(stage) {
      const holder = await stage.held('a')
      await holder.commit('a', 'kept', { keep: true })
      const breaker = stage.process(2).caller()
      matches(await breaker.acquire('a', naming(holder, 1)), {
        outcome: 'queued',
        took: undefined,
        writes: 2,
      })
      matches(await breaker.acquire('a', naming(holder, 2)), { outcome: 'granted', writes: 2 })
    },
  },
  {
    name: 'a break of a free lock is an acquire like any other',
    async run(stage) {
      const holder = await stage.held('a')
      await holder.release('a')
      matches(await stage.process(2).caller().acquire('a', naming(holder)), {
        outcome: 'granted',
        took: undefined,
      })
    },
  },
  {
    name: 'exactly one of twenty breakers takes the lock',
    async run(stage) {
      const holder = await stage.held('a')
      const breakers = [1, 2, 3, 4].flatMap(n => stage.process(n).callers(5))
      for (const breaker of breakers) await breaker.acquire('a')
      const seen = await Promise.all(breakers.map(breaker => breaker.acquire('a', naming(holder))))
      assert.equal(seen.filter(got => 'took' in got && got.took !== undefined).length, 1)
      assert.ok(seen.filter(({ outcome }) => outcome === 'granted').length <= 1)
      const now = (await stage.store.inspect('a'))?.holder?.token
      assert.ok(breakers.some(({ token }) => token === now))
    },
  },
  {
    name: 'the head of the queue gets a broken lock, whoever breaks it',
    async run(stage) {
      const { woken } = await stage.listening(2)
      const holder = await stage.held('a')
      const head = stage.process(2).caller()
      const breaker = stage.process(3).caller()
      isQueued(await head.acquire('a'))
      isQueued(await breaker.acquire('a'))
      const seen = isQueued(await breaker.acquire('a', naming(holder)))
      matches(seen, { position: 0, waiters: 1, kind: 'ours' })
      matches(seen.took ?? {}, { because: 'broken' })
      assert.equal(seen.took?.from.token, holder.token)
      assert.equal(seen.holder.token, head.token)
      await stage.until(async () => woken.includes(head.token))
      isGranted(await head.acquire('a'))
    },
  },
  {
    name: 'a holder whose lock was broken changes nothing any more, and is told who has it',
    async run(stage) {
      const holder = await stage.held('a')
      const breaker = stage.process(2).caller('POST breaker')
      isGranted(await breaker.acquire('a', naming(holder)))
      const refused = await holder.commit('a', 'late')
      matches(refused, { outcome: 'refused', reason: 'lock-lost' })
      assert.ok(refused.outcome === 'refused')
      matches(refused.holder ?? {}, { token: breaker.token, request: 'POST breaker' })
      matches(await holder.commit('a', 'late', { keep: true }), { outcome: 'refused', reason: 'lock-lost' })
      assert.deepEqual(await holder.release('a', { ttl: 2 * LONG, absolute: 0, interval: 0 }), {
        outcome: 'not-held',
      })
      assert.deepEqual(await holder.leave('a'), { outcome: 'not-held' })
      matches((await stage.store.inspect('a')) ?? {}, { writes: 1, touches: 0 })
      matches(await breaker.commit('a', 'by breaker'), { outcome: 'written', writes: 2 })
      assert.equal(await textOf(stage.store, 'a'), 'by breaker')
    },
  },
  {
    name: 'a holder whose lock was broken queues like anybody when it asks again',
    async run(stage) {
      const holder = await stage.held('a')
      const breaker = stage.process(2).caller()
      isGranted(await breaker.acquire('a', naming(holder)))
      matches(await holder.acquire('a'), { outcome: 'queued', position: 0 })
    },
  },
]
