import assert from 'node:assert/strict'
import { isGranted, isQueued, LONG, matches, type Promised, textOf, within } from './stage.ts'

export const acquiring: Promised[] = [
  {
    name: 'acquire answers missing where there is no record, and creates none',
    async run(stage) {
      const { store } = stage
      assert.deepEqual(await stage.process(1).caller().acquire('a'), { outcome: 'missing' })
      assert.equal(await store.read('a'), undefined)
      assert.equal(await store.inspect('a'), undefined)
      assert.equal((await store.names()[Symbol.asyncIterator]().next()).done, true)
    },
  },
  {
    name: 'acquire grants a free lock, with data, writes and touches',
    async run(stage) {
      await stage.record('a', 'first')
      const got = isGranted(await stage.process(2).caller().acquire('a'))
      matches(got, { data: Buffer.from('first'), writes: 1, touches: 0, ...(await stage.lifeOf('a')) })
      assert.equal('took' in got, false)
    },
  },
  {
    name: 'acquire is granted again to the token that has the lock, and renews its lease',
    async run(stage) {
      const holder = await stage.held('a', stage.process(1), { lease: 5000 })
      matches(await holder.acquire('a'), { outcome: 'granted', writes: 1 })
      const seen = await stage.store.inspect('a')
      assert.equal(seen?.holder?.token, holder.token)
      within(seen?.holder?.leaseLeft, 5001, LONG)
    },
  },
  {
    name: 'acquire queues behind a holder, and tells of it what a waiter needs to know',
    async run(stage) {
      const holder = await stage.held('a')
      const seen = isQueued(await stage.process(2).caller().acquire('a'))
      matches(seen, { position: 0, waiters: 1, kind: 'ours', writes: 1, took: undefined })
      matches(seen.holder, { token: holder.token, request: 'GET holder' })
      within(seen.holder.heldFor, 0, 5000)
      within(seen.leaseLeft, LONG - 5000, LONG)
      assert.ok(seen.arrival > 0)
    },
  },
  {
    name: 'acquire tells how long the holder has had the lock, whatever it wrote or renewed meanwhile',
    async run(stage) {
      const holder = await stage.held('a')
      const heldFor = async () => (await stage.store.inspect('a'))?.holder?.heldFor ?? 0
      await stage.until(async () => (await heldFor()) >= 20)
      await holder.commit('a', 'kept', { keep: true })
      await stage.store.renew([holder.lease('a')])
      assert.ok((await heldFor()) >= 20)
    },
  },
  {
    name: 'acquire asked again keeps the place in the queue, and counts once',
    async run(stage) {
      await stage.held('a')
      const [first, second] = [stage.process(2).caller(), stage.process(1).caller()]
      const before = isQueued(await first.acquire('a'))
      await second.acquire('a')
      matches(await first.acquire('a'), { arrival: before.arrival, position: 0, waiters: 2 })
      matches(await second.acquire('a'), { position: 1, waiters: 2 })
    },
  },
  {
    name: 'acquire sent again without its arrival keeps the place all the same',
    async run(stage) {
      await stage.held('a')
      const [first, second] = [stage.process(1).caller(), stage.process(1).caller()]
      const { arrival } = isQueued(await first.acquire('a'))
      await second.acquire('a')
      const again = await first.store.acquire('a', {
        ...first.waiter,
        patience: LONG,
        maxWaiters: 1,
        again: true,
      })
      matches(again, { outcome: 'queued', arrival, position: 0, waiters: 2 })
    },
  },
  {
    name: 'acquire sent again without its arrival leaves the queue when it is granted',
    async run(stage) {
      const holder = await stage.held('a')
      const waiter = stage.process(2).caller()
      isQueued(await waiter.acquire('a'))
      await holder.release('a')
      const ask = { ...waiter.waiter, patience: LONG, maxWaiters: 0, again: true }
      isGranted(await waiter.store.acquire('a', ask))
      assert.equal((await stage.store.inspect('a'))?.waiters, 0)
      matches(await waiter.commit('a', 'mine', { base: 1 }), { outcome: 'written', next: undefined })
      assert.equal((await stage.store.inspect('a'))?.holder, undefined)
    },
  },
  {
    name: 'acquire answers busy behind maxWaiters, names the holder, and does not queue',
    async run(stage) {
      const holder = await stage.held('a')
      for (const waiter of stage.process(1).callers(3)) isQueued(await waiter.acquire('a', { maxWaiters: 3 }))
      const refused = await stage.process(1).caller().acquire('a', { maxWaiters: 3 })
      assert.ok(refused.outcome === 'busy')
      assert.equal(refused.waiters, 3)
      matches(refused.holder, { token: holder.token, request: 'GET holder' })
      within(refused.holder.heldFor, 0, 5000)
      assert.equal((await stage.store.inspect('a'))?.waiters, 3)
    },
  },
  {
    name: 'acquire queues behind any number where maxWaiters is 0',
    async run(stage) {
      await stage.held('a')
      const waiters = stage.process(1).callers(50)
      const seen = await Promise.all(waiters.map(waiter => waiter.acquire('a')))
      assert.deepEqual(
        seen.map(got => isQueued(got).position),
        [...waiters.keys()],
      )
    },
  },
  {
    name: 'acquire counts the waiters of a full queue exactly, however many ask at once',
    async run(stage) {
      await stage.held('a')
      const callers = (await Promise.all([1, 2, 3, 4].map(n => stage.listening(n)))).flatMap(p =>
        p.callers(10),
      )
      const seen = await Promise.all(callers.map(caller => caller.acquire('a', { maxWaiters: 7 })))
      assert.equal(seen.filter(({ outcome }) => outcome === 'queued').length, 7)
      assert.ok(seen.every(got => got.outcome === 'queued' || (got.outcome === 'busy' && got.waiters === 7)))
    },
  },
  {
    name: 'acquire grants one lock a record, and different records do not meet',
    async run(stage) {
      await stage.held('a')
      await stage.record('b', 'other')
      matches(await stage.process(2).caller().acquire('b'), {
        outcome: 'granted',
        data: Buffer.from('other'),
      })
      isQueued(await stage.process(2).caller().acquire('a'))
    },
  },
  {
    name: 'acquire grants a lock to exactly one of twenty that ask at once',
    async run(stage) {
      await stage.record('a')
      const callers = [1, 2, 3, 4].flatMap(n => stage.process(n).callers(5))
      const seen = await Promise.all(callers.map(caller => caller.acquire('a')))
      assert.equal(seen.filter(({ outcome }) => outcome === 'granted').length, 1)
      assert.equal(seen.filter(({ outcome }) => outcome === 'queued').length, 19)
    },
  },
  {
    name: 'read takes nothing and changes nothing',
    async run(stage) {
      await stage.record('a', 'first')
      await stage.store.read('a')
      assert.equal(await textOf(stage.process(2).store, 'a'), 'first')
      matches((await stage.store.inspect('a')) ?? {}, {
        holder: undefined,
        waiters: 0,
        writes: 1,
        touches: 0,
      })
      isGranted(await stage.process(1).caller().acquire('a'))
      matches((await stage.read('a')) ?? {}, { data: Buffer.from('first'), writes: 1, touches: 0 })
    },
  },
]
