import assert from 'node:assert/strict'
import { ageless } from './ageless.ts'
import { isGranted, isQueued, LONG, matches, type Promised, SHORT, textOf, within } from './stage.ts'

export const handingOn: Promised[] = [
  {
    name: 'a commit hands on within its process by its reply, with the data just written',
    async run(stage) {
      const holder = await stage.held('a')
      const next = stage.process(1).caller('GET next')
      isQueued(await next.acquire('a'))
      const found = { data: Buffer.from('just written'), writes: 2, touches: 0, ...(await stage.lifeOf('a')) }
      assert.deepEqual(ageless(await holder.commit('a', 'just written')), {
        outcome: 'written',
        writes: 2,
        next: { token: next.token, found },
      })
      matches((await stage.store.inspect('a')) ?? {}, { waiters: 0 })
      matches((await stage.store.inspect('a'))?.holder ?? {}, { token: next.token, request: 'GET next' })
      matches(await next.commit('a', 'and on', { base: 2 }), { outcome: 'written', writes: 3 })
    },
  },
  {
    name: 'a release hands on within its process, with the data that it left alone',
    async run(stage) {
      const holder = await stage.held('a')
      const next = stage.process(1).caller()
      isQueued(await next.acquire('a'))
      const found = { data: Buffer.from('first'), writes: 1, touches: 1, ...(await stage.lifeOf('a')) }
      assert.deepEqual(ageless(await holder.release('a', { ttl: 3 * LONG, absolute: 0, interval: 0 })), {
        outcome: 'released',
        next: { token: next.token, found },
      })
    },
  },
  {
    name: 'a release sent again wakes the waiter of this process that it handed the lock to, and so does a leave',
    async run(stage) {
      const holder = await stage.held('a')
      const next = stage.process(1).caller()
      isQueued(await next.acquire('a'))
      assert.equal((await holder.release('a')).next?.token, next.token)
      const again = { outcome: 'not-held', wake: next.token }
      assert.deepEqual(await holder.release('a'), again)
      assert.deepEqual(await holder.leave('a'), again)
      assert.deepEqual(await stage.process(2).caller().release('a'), { outcome: 'not-held' })
      assert.equal((await stage.store.inspect('a'))?.holder?.token, next.token)
    },
  },
  {
    name: 'an optimistic commit that finds a lapsed holder hands on to who waited for it',
    async run(stage) {
      const holder = await stage.held('a')
      const waiter = stage.process(2).caller()
      isQueued(await waiter.acquire('a'))
      const caller = stage.process(2).caller()
      await caller.read('a')
      await holder.lapses('a')
      const { next } = await stage.until(async () => {
        const got = await caller.commit('a', 'x', { mode: 'optimistic' })
        return got.outcome === 'written' && ageless(got)
      })
      assert.deepEqual(next, {
        token: waiter.token,
        found: { data: Buffer.from('x'), writes: 2, touches: 0, ...(await stage.lifeOf('a')) },
      })
    },
  },
  {
    name: 'a lock handed to another process wakes its waiter, who finds it granted',
    async run(stage) {
      const { woken } = await stage.listening(2)
      const holder = await stage.held('a')
      const next = stage.process(2).caller()
      isQueued(await next.acquire('a'))
      assert.deepEqual(await holder.commit('a', 'for you'), { outcome: 'written', writes: 2 })
      await stage.until(async () => woken.includes(next.token))
      const got = isGranted(await next.acquire('a'))
      matches(got, { data: Buffer.from('for you'), writes: 2, touches: 0, ...(await stage.lifeOf('a')) })
      assert.deepEqual(woken, [next.token])
    },
  },
  {
    name: 'only the process that was handed the lock is woken',
    async run(stage) {
      const others = [await stage.listening(1), await stage.listening(3)]
      const { woken } = await stage.listening(2)
      const holder = await stage.held('a')
      const next = stage.process(2).caller()
      for (const waiter of [next, stage.process(3).caller(), stage.process(2).caller()]) {
        isQueued(await waiter.acquire('a'))
      }
      await holder.release('a')
      await stage.until(async () => woken.includes(next.token))
      assert.deepEqual(woken, [next.token])
      assert.deepEqual(
        others.map(process => process.woken),
        [[], []],
      )
    },
  },
  {
    name: 'a grant that is not taken up lapses like a lease, and goes to the next',
    async run(stage) {
      await stage.listening(2)
      const holder = await stage.held('a')
      const gone = stage.process(2).caller()
      const next = stage.process(1).caller()
      isQueued(await gone.acquire('a'))
      isQueued(await next.acquire('a'))
      await holder.store.release('a', { ...holder.waiter, grant: SHORT })
      assert.equal((await stage.store.inspect('a'))?.holder?.token, gone.token)
      const got = await stage.until(() => next.granted('a'))
      matches(got.took ?? {}, { because: 'lapsed' })
      assert.equal(got.took?.from.token, gone.token)
    },
  },
  {
    name: 'a grant that is taken up becomes a lease',
    async run(stage) {
      await stage.listening(2)
      const holder = await stage.held('a')
      const next = stage.process(2).caller()
      isQueued(await next.acquire('a'))
      await holder.store.release('a', { ...holder.waiter, grant: 10_000 })
      within((await stage.store.inspect('a'))?.holder?.leaseLeft, 1, 10_000)
      isGranted(await next.acquire('a'))
      within((await stage.store.inspect('a'))?.holder?.leaseLeft, 10_001, LONG)
    },
  },
  {
    name: 'a waiter that begins with what a message told takes up its grant, unless the message was of an earlier one',
    async run(stage) {
      const late = (await stage.listening(2)).caller()
      const holder = await stage.held('a')
      isQueued(await late.acquire('a'))
      await holder.commit('a', 'first grant', { grant: SHORT })
      const other = stage.process(1).caller()
      await stage.until(() => other.granted('a'))
      isQueued(await late.acquire('a'))
      await other.commit('a', 'second grant')
      // Both messages come only now, one after the other.
      const claim = (writes: number) => late.store.renew([{ ...late.lease('a'), writes }])
      assert.deepEqual(await claim(2), [{ outcome: 'lost' }])
      const stale = { base: 2, claims: true }
      matches(await late.commit('a', 'late', stale), { outcome: 'refused', reason: 'lock-lost' })
      assert.equal(await textOf(stage.store, 'a'), 'second grant')
      matches((await stage.store.inspect('a')) ?? {}, { holder: undefined })

      const next = stage.process(1).caller()
      isGranted(await next.acquire('a'))
      isQueued(await late.acquire('a', { arrival: undefined }))
      await next.commit('a', 'third grant')
      assert.deepEqual(await claim(4), [{ outcome: 'renewed' }])
      matches(await late.commit('a', 'in time', { base: 4 }), { outcome: 'written', writes: 5 })
    },
  },
  {
    name: 'a waiter that began with what an earlier message told writes nothing where its own process handed it the lock since',
    async run(stage) {
      const process = await stage.listening(2)
      const [late, near] = [process.caller(), process.caller()]
      const holder = await stage.held('a')
      isQueued(await late.acquire('a'))
      await holder.commit('a', 'told', { grant: SHORT })
      const other = stage.process(1).caller()
      await stage.until(() => other.granted('a'))
      isQueued(await near.acquire('a'))
      await other.release('a')
      isGranted(await near.acquire('a'))
      // It looks, and hears of its first grant only now.
      isQueued(await late.acquire('a'))
      const written = await near.commit('a', 'newer')
      assert.equal(written.next?.token, late.token)
      const stale = { base: 2, claims: true }
      matches(await late.end('a', 'exclusive', stale), { refused: 'lock-lost' })
      assert.deepEqual(await late.store.renew([{ ...late.lease('a'), writes: 2 }]), [{ outcome: 'lost' }])
      matches(await late.commit('a', 'stale', stale), { outcome: 'refused', reason: 'lock-lost' })
      assert.equal(await textOf(stage.store, 'a'), 'newer')
      matches((await stage.store.inspect('a')) ?? {}, { holder: undefined })
    },
  },
  {
    name: 'a commit that comes before the claim of its grant takes the lock up, and the claim says so',
    async run(stage) {
      const waiter = (await stage.listening(2)).caller()
      const holder = await stage.held('a')
      isQueued(await waiter.acquire('a'))
      await holder.commit('a', 'granted')
      const base = { base: 2, claims: true, ...(await stage.lifeOf('a')) }
      matches(await waiter.commit('a', 'kept', { ...base, keep: true }), { outcome: 'written', writes: 3 })
      assert.deepEqual(await waiter.store.renew([{ ...waiter.lease('a'), writes: 2 }]), [
        { outcome: 'renewed' },
      ])
      matches(await waiter.commit('a', 'and on', { ...base, base: 3 }), { outcome: 'written', writes: 4 })
    },
  },
  {
    name: 'a lock with nobody in the queue is free afterwards',
    async run(stage) {
      const holder = await stage.held('a')
      assert.deepEqual(await holder.release('a'), { outcome: 'released' })
      matches((await stage.store.inspect('a')) ?? {}, {
        holder: undefined,
        waiters: 0,
        writes: 1,
        touches: 0,
      })
      assert.deepEqual(await holder.release('a'), { outcome: 'not-held' })
    },
  },
  {
    name: 'a release of a record that is missing says so, and creates none',
    async run(stage) {
      assert.deepEqual(await stage.process(1).caller().release('a'), { outcome: 'missing' })
      assert.deepEqual(await stage.process(1).caller().leave('a'), { outcome: 'missing' })
      assert.equal(await stage.store.inspect('a'), undefined)
    },
  },
  {
    name: 'a waiter that leaves gives up its place, and those behind it move up',
    async run(stage) {
      const holder = await stage.held('a')
      const [first, second] = [stage.process(1).caller(), stage.process(1).caller()]
      isQueued(await first.acquire('a'))
      isQueued(await second.acquire('a'))
      assert.deepEqual(await first.leave('a'), { outcome: 'not-held', wake: holder.token })
      matches(await second.acquire('a'), { position: 0, waiters: 1 })
      assert.equal((await holder.release('a')).next?.token, second.token)
      assert.deepEqual(await first.leave('a'), { outcome: 'not-held', wake: second.token })
    },
  },
  {
    name: 'a waiter that leaves just when it was handed the lock hands it on',
    async run(stage) {
      const { woken } = await stage.listening(2)
      const holder = await stage.held('a')
      const [leaves, behind] = [stage.process(2).caller(), stage.process(2).caller()]
      isQueued(await leaves.acquire('a'))
      isQueued(await behind.acquire('a'))
      await holder.commit('a', 'second')
      await stage.until(async () => woken.includes(leaves.token))
      const found = { data: Buffer.from('second'), writes: 2, touches: 0, ...(await stage.lifeOf('a')) }
      assert.deepEqual(ageless(await leaves.leave('a')), {
        outcome: 'released',
        next: { token: behind.token, found },
      })
      assert.deepEqual(await leaves.leave('a'), { outcome: 'not-held', wake: behind.token })
      assert.equal((await stage.store.inspect('a'))?.holder?.token, behind.token)
    },
  },
  {
    name: 'a wake-up that comes late finds the lock where it is, and changes nothing',
    async run(stage) {
      await stage.listening(2)
      const holder = await stage.held('a')
      const late = stage.process(2).caller()
      isQueued(await late.acquire('a'))
      await holder.store.release('a', { ...holder.waiter, grant: SHORT })
      const quick = stage.process(1).caller()
      await stage.until(() => quick.granted('a'))
      const seen = isQueued(await late.acquire('a'))
      matches(seen, { position: 0, waiters: 1 })
      assert.equal(seen.holder.token, quick.token)
    },
  },
]
