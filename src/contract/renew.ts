import assert from 'node:assert/strict'
import {
  type Caller,
  isGranted,
  isQueued,
  matches,
  type Promised,
  SHORT,
  type Stage,
  TOMBSTONE,
  within,
} from './stage.ts'

/** Breaks the lock of `holder`, commits, and is gone. */
async function thief(stage: Stage, holder: Caller, request: string): Promise<Caller> {
  const breaker = stage.process(2).caller(request)
  isGranted(await breaker.acquire('a', { breaks: { token: holder.token, writes: undefined } }))
  matches(await breaker.commit('a', 'by breaker'), { outcome: 'written' })
  return breaker
}

export const renewing: Promised[] = [
  {
    name: 'renew moves the lease of who holds the lock',
    async run(stage) {
      const holder = await stage.held('a', stage.process(1), { lease: 5000 })
      assert.deepEqual(await stage.store.renew([holder.lease('a', 9000)]), [{ outcome: 'renewed' }])
      within((await stage.store.inspect('a'))?.holder?.leaseLeft, 5001, 9000)
    },
  },
  {
    name: 'renew gives a lock back its life that lapsed and was not taken',
    async run(stage) {
      const holder = await stage.held('a', stage.process(1), { lease: SHORT })
      await stage.until(async () => ((await stage.store.inspect('a'))?.holder?.leaseLeft ?? 1) <= 0)
      assert.deepEqual(await stage.store.renew([holder.lease('a')]), [{ outcome: 'renewed' }])
      matches(await stage.process(2).caller().acquire('a'), { outcome: 'queued', took: undefined })
    },
  },
  {
    name: 'renew says lost, and to whom, where another holds the lock, and moves nothing',
    async run(stage) {
      const holder = await stage.held('a')
      const breaker = stage.process(2).caller('POST breaker')
      const ask = { lease: 5000, breaks: { token: holder.token, writes: undefined } }
      isGranted(await breaker.acquire('a', ask))
      const [answer] = await stage.store.renew([holder.lease('a')])
      assert.ok(answer?.outcome === 'lost')
      matches(answer.holder ?? {}, { token: breaker.token, request: 'POST breaker' })
      within((await stage.store.inspect('a'))?.holder?.leaseLeft, 0, 5000)
    },
  },
  {
    name: 'renew says lost where nobody holds the lock any more, and takes none',
    async run(stage) {
      const holder = await stage.held('a')
      await holder.release('a')
      assert.deepEqual(await stage.store.renew([holder.lease('a')]), [{ outcome: 'lost' }])
      assert.equal((await stage.store.inspect('a'))?.holder, undefined)
    },
  },
  {
    name: 'renew and commit name who had the lock last, where whoever took it has let go',
    async run(stage) {
      const holder = await stage.held('a')
      const { token, request } = await thief(stage, holder, 'POST breaker')
      const last = { token, request, heldFor: undefined, released: true }
      assert.deepEqual(await stage.store.renew([holder.lease('a')]), [{ outcome: 'lost', holder: last }])
      assert.deepEqual(await holder.commit('a', 'late'), {
        outcome: 'refused',
        reason: 'lock-lost',
        holder: last,
      })
    },
  },
  {
    name: 'renew and commit name the last of several who had the lock since',
    async run(stage) {
      const holder = await stage.held('a')
      await thief(stage, holder, 'POST breaker')
      const second = stage.process(1).caller('GET second')
      isGranted(await second.acquire('a'))
      await second.release('a')
      const [lost] = await stage.store.renew([holder.lease('a')])
      matches((lost?.outcome === 'lost' && lost.holder) || {}, { token: second.token, request: 'GET second' })
      const refused = await holder.commit('a', 'late')
      matches((refused.outcome === 'refused' && refused.holder) || {}, { token: second.token })
    },
  },
  {
    name: 'renew and commit name nobody where no other request has had the lock since',
    async run(stage) {
      const holder = await stage.held('a')
      const waiter = stage.process(2).caller()
      isQueued(await waiter.acquire('a'))
      await waiter.leave('a')
      await holder.lapses('a')
      const caller = stage.process(2).caller()
      await caller.read('a')
      await stage.until(
        async () => (await caller.commit('a', 'x', { mode: 'optimistic' })).outcome === 'written',
      )
      assert.deepEqual(await stage.store.renew([holder.lease('a')]), [{ outcome: 'lost' }])
      assert.deepEqual(await holder.commit('a', 'late'), { outcome: 'refused', reason: 'lock-lost' })
    },
  },
  {
    name: 'renew says destroyed where the record is gone, and creates none',
    async run(stage) {
      const holder = await stage.held('a')
      await stage.store.destroy('a', TOMBSTONE)
      assert.deepEqual(await stage.store.renew([holder.lease('a')]), [{ outcome: 'destroyed' }])
      assert.equal(await stage.store.inspect('a'), undefined)
    },
  },
  {
    name: 'renew answers many in the order in which they were asked',
    async run(stage) {
      const a = await stage.held('a')
      const b = await stage.held('b')
      const c = await stage.held('c')
      await b.release('b')
      await stage.store.destroy('c', TOMBSTONE)
      const leases = [c.lease('c'), a.lease('a'), b.lease('b')]
      assert.deepEqual(
        (await stage.store.renew(leases)).map(({ outcome }) => outcome),
        ['destroyed', 'renewed', 'lost'],
      )
      assert.deepEqual(await stage.store.renew([]), [])
    },
  },
]
