import assert from 'node:assert/strict'
import {
  type Caller,
  GONE,
  isGranted,
  isQueued,
  LONG,
  matches,
  type Promised,
  TOMBSTONE,
  textOf,
} from './stage.ts'

export const destroying: Promised[] = [
  {
    name: 'destroy removes the record, and says whether there was one',
    async run(stage) {
      await stage.record('a')
      assert.deepEqual(await stage.process(2).store.destroy('a', TOMBSTONE), { existed: true })
      assert.equal(await stage.read('a'), undefined)
      assert.deepEqual(await stage.store.destroy('a', TOMBSTONE), { existed: false })
    },
  },
  {
    name: 'destroy removes a record that is held, and names the holder',
    async run(stage) {
      const holder = await stage.held('a')
      const destroyed = await stage.process(2).store.destroy('a', TOMBSTONE)
      assert.equal(destroyed.existed, true)
      matches(destroyed.holder ?? {}, { token: holder.token, request: 'GET holder' })
      assert.equal(await stage.store.inspect('a'), undefined)
    },
  },
  {
    name: 'destroy wakes every waiter and the holder, and they find it gone',
    async run(stage) {
      const processes = [await stage.listening(1), await stage.listening(2), await stage.listening(3)]
      const holder = await stage.held('a', processes[0])
      const waiters = processes.flatMap(process => process.callers(3))
      for (const waiter of waiters) isQueued(await waiter.acquire('a'))
      await stage.store.destroy('a', TOMBSTONE)
      const woken = () => processes.flatMap(process => process.woken)
      await stage.until(async () => woken().length === waiters.length + 1)
      assert.deepEqual(new Set(woken()), new Set([holder, ...waiters].map(({ token }) => token)))
      for (const waiter of waiters) assert.deepEqual(await waiter.acquire('a'), GONE)
    },
  },
  {
    name: 'destroy is for good: no late commit writes, not even a creating one',
    async run(stage) {
      const late = await stage.held('a')
      await stage.store.destroy('a', TOMBSTONE)
      for (const mode of ['exclusive', 'optimistic', 'unlocked'] as const) {
        for (const keep of [true, false]) {
          const refused = await late.commit('a', 'late', { mode, keep })
          assert.deepEqual(refused, { outcome: 'refused', reason: 'destroyed' })
        }
      }
      assert.deepEqual(await late.release('a'), { outcome: 'missing' })
      const creating = await late.commit('a', 'late', { mode: 'create' })
      assert.deepEqual(creating, { outcome: 'refused', reason: 'destroyed' })
      assert.equal(await stage.read('a'), undefined)
    },
  },
  {
    name: 'destroy leaves a former holder without a claim to the record created after it',
    async run(stage) {
      const late = await stage.held('a')
      const waiter = stage.process(1).caller()
      isQueued(await waiter.acquire('a'))
      await stage.destroyed('a')
      const owner = stage.process(2).caller()
      await owner.commit('a', 'anew', { mode: 'create', keep: true })
      matches(await late.commit('a', 'late'), { outcome: 'refused', reason: 'destroyed' })
      assert.deepEqual(await late.release('a'), { outcome: 'not-held' })
      assert.deepEqual(await owner.commit('a', 'mine'), { outcome: 'written', writes: 2 })
    },
  },
  ...(['exclusive', 'optimistic', 'unlocked'] as const).map(
    mode =>
      ({
        name: `a late commit (${mode}) writes nothing to another record under the name of a destroyed one`,
        async run(stage) {
          await stage.record('a')
          const late = stage.process(1).caller()
          await late.read('a')
          await stage.destroyed('a')
          await stage.record('a', 'anew')
          matches(await late.commit('a', 'late', { mode }), { outcome: 'refused', reason: 'destroyed' })
          matches((await stage.read('a')) ?? {}, { data: Buffer.from('anew'), writes: 1 })
        },
      }) satisfies Promised,
  ),
  ...[false, true].map(
    keep =>
      ({
        name: `a commit (${keep ? 'keeps' : 'unlocks'}) by the holder of a destroyed record writes nothing to another one whose lock it was granted unawares, and gives that back`,
        async run(stage) {
          const first = await stage.held('a')
          const [late, next] = stage.process(1).callers(2) as [Caller, Caller]
          isQueued(await late.acquire('a'))
          // Two replies are on their way to it: that it was handed the lock of a record that is gone by now, and …
          matches(await first.commit('a', 'second'), { outcome: 'written', writes: 2 })
          await late.read('a')
          await stage.destroyed('a')
          const owner = stage.process(1).caller()
          await owner.commit('a', 'anew', { mode: 'create', keep: true })
          // … that it waits for the lock of the next one, of which it never hears that it was handed that as well.
          isQueued(await late.acquire('a'))
          matches(await owner.commit('a', 'mine'), { outcome: 'written', writes: 2 })
          matches((await stage.store.inspect('a'))?.holder ?? {}, { token: late.token })
          isQueued(await next.acquire('a'))
          const refused = await late.commit('a', 'late', { keep })
          matches(refused, { outcome: 'refused', reason: 'destroyed', holder: undefined })
          assert.equal('next' in refused && refused.next?.token, next.token)
          assert.equal(await textOf(stage.store, 'a'), 'mine')
          matches(await next.commit('a', 'next', { base: 2 }), { outcome: 'written', writes: 3 })
        },
      }) satisfies Promised,
  ),
  {
    name: 'such a commit is refused as well where nobody waits, and leaves the lock free',
    async run(stage) {
      const late = await stage.held('a')
      await stage.destroyed('a')
      await stage.record('a', 'anew')
      isGranted(await stage.store.acquire('a', { ...late.waiter, patience: LONG, maxWaiters: 0 }))
      matches(await late.commit('a', 'late'), { outcome: 'refused', reason: 'destroyed', holder: undefined })
      matches((await stage.store.inspect('a')) ?? {}, { writes: 1, holder: undefined })
      assert.equal(await textOf(stage.store, 'a'), 'anew')
    },
  },
]
