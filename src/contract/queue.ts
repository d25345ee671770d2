import assert from 'node:assert/strict'
import { ageless } from './ageless.ts'
import { type Caller, isGranted, isQueued, matches, type Promised, SHORT } from './stage.ts'

export const queueing: Promised[] = [
  {
    name: 'waiters are served in order of arrival, across processes',
    async run(stage) {
      const processes = await Promise.all([1, 2, 3].map(n => stage.listening(n)))
      let holder: Caller = await stage.held('a')
      const waiters = [0, 1, 2, 0, 0, 2, 1, 1].map(n => processes[n]?.caller() as Caller)
      for (const waiter of waiters) isQueued(await waiter.acquire('a'))
      const served: Caller[] = []
      for (const waiter of waiters) {
        const { next } = await holder.release('a')
        const token = next?.token ?? (await stage.store.inspect('a'))?.holder?.token
        served.push(waiters.find(other => other.token === token) as Caller)
        isGranted(await waiter.acquire('a'))
        holder = waiter
      }
      assert.deepEqual(
        served.map(caller => waiters.indexOf(caller)),
        [...waiters.keys()],
      )
      matches((await stage.store.inspect('a')) ?? {}, { waiters: 0 })
    },
  },
  {
    name: 'nobody overtakes a waiter that lives, when the lock comes free by itself',
    async run(stage) {
      await stage.listening(2)
      const holder = await stage.held('a')
      const first = stage.process(2).caller()
      const late = stage.process(3).caller()
      isQueued(await first.acquire('a'))
      await holder.lapses('a')
      const seen = await stage.until(async () => {
        const got = isQueued(await late.acquire('a'))
        return got.took && got
      })
      matches(seen.holder, { token: first.token })
      matches(await late.acquire('a'), { outcome: 'queued', position: 0 })
    },
  },
  {
    name: 'a dead waiter is neither counted nor handed the lock, and holds up nobody',
    async run(stage) {
      const holder = await stage.held('a')
      const dead = stage.process(1).caller()
      const live = stage.process(1).caller()
      isQueued(await dead.acquire('a', { patience: SHORT }))
      isQueued(await live.acquire('a'))
      await stage.until(async () => isQueued(await live.acquire('a')).position === 0)
      matches(await live.acquire('a'), { waiters: 1 })
      const found = { data: Buffer.from('first'), writes: 1, touches: 0, ...(await stage.lifeOf('a')) }
      matches(ageless(await holder.release('a')), { outcome: 'released', next: { token: live.token, found } })
    },
  },
  {
    name: 'a dead waiter has no part in maxWaiters',
    async run(stage) {
      await stage.held('a')
      isQueued(await stage.process(1).caller().acquire('a', { patience: SHORT, maxWaiters: 1 }))
      const next = stage.process(1).caller()
      await stage.until(async () => (await next.acquire('a', { maxWaiters: 1 })).outcome === 'queued')
      matches(await next.acquire('a'), { position: 0, waiters: 1 })
    },
  },
  {
    name: 'a waiter that looks again in time stays alive',
    async run(stage) {
      const holder = await stage.held('a')
      const waiter = stage.process(1).caller()
      isQueued(await waiter.acquire('a', { patience: SHORT }))
      isQueued(await waiter.acquire('a'))
      const other = stage.process(1).caller()
      isQueued(await other.acquire('a', { patience: SHORT }))
      // By the time that another one of the same patience has died, the first would have, too.
      const third = stage.process(1).caller()
      isQueued(await third.acquire('a'))
      await stage.until(async () => (await stage.store.inspect('a'))?.waiters === 2)
      assert.equal((await holder.release('a')).next?.token, waiter.token)
    },
  },
  {
    name: 'a waiter that lost its place has it again when it asks, ahead of all who came later',
    async run(stage) {
      const holder = await stage.held('a')
      const [slow, later] = [stage.process(1).caller(), stage.process(1).caller()]
      const { arrival } = isQueued(await slow.acquire('a', { patience: SHORT }))
      isQueued(await later.acquire('a'))
      await stage.until(async () => isQueued(await later.acquire('a')).position === 0)
      matches(await slow.acquire('a', { maxWaiters: 1 }), {
        outcome: 'queued',
        arrival,
        position: 0,
        waiters: 2,
      })
      matches(await later.acquire('a'), { position: 1 })
      assert.equal((await holder.release('a')).next?.token, slow.token)
    },
  },
  {
    name: 'a waiter that nobody hears is passed over, and comes back to its place',
    async run(stage) {
      const holder = await stage.held('a')
      const deaf = stage.process(2).caller()
      const hearing = stage.process(1).caller()
      const { arrival } = isQueued(await deaf.acquire('a'))
      isQueued(await hearing.acquire('a'))
      assert.equal((await holder.release('a')).next?.token, hearing.token)
      matches(await deaf.acquire('a'), { outcome: 'queued', arrival, position: 0, waiters: 1 })
      await stage.listening(2)
      assert.deepEqual(await hearing.release('a'), { outcome: 'released' })
      assert.equal((await stage.store.inspect('a'))?.holder?.token, deaf.token)
    },
  },
  {
    name: 'a waiter that nobody hears leaves the lock free, and is granted it when it asks',
    async run(stage) {
      const holder = await stage.held('a')
      const deaf = stage.process(2).caller()
      isQueued(await deaf.acquire('a'))
      assert.deepEqual(await holder.commit('a', 'left'), { outcome: 'written', writes: 2 })
      matches((await stage.store.inspect('a')) ?? {}, { holder: undefined, waiters: 0 })
      matches(await deaf.acquire('a'), { outcome: 'granted', data: Buffer.from('left') })
      matches((await stage.store.inspect('a')) ?? {}, { waiters: 0 })
    },
  },
  {
    name: 'a waiter that nobody hears has no part in maxWaiters',
    async run(stage) {
      await stage.held('a')
      for (const deaf of stage.process(2).callers(2)) isQueued(await deaf.acquire('a'))
      isQueued(await stage.process(1).caller().acquire('a', { maxWaiters: 1 }))
      matches(await stage.process(1).caller().acquire('a', { maxWaiters: 1 }), {
        outcome: 'busy',
        waiters: 1,
      })
      await stage.listening(2)
      matches(await stage.process(1).caller().acquire('a', { maxWaiters: 1 }), {
        outcome: 'busy',
        waiters: 1,
      })
    },
  },
]
