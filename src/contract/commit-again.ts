import assert from 'node:assert/strict'
import { isGranted, isQueued, matches, type Promised, TOMBSTONE, textOf } from './stage.ts'

/** Its reply was lost, and it is sent again as it was. */
export const committingAgain: Promised[] = [
  {
    name: 'a commit sent again answers as it did, and writes once',
    async run(stage) {
      const holder = await stage.held('a')
      const write = holder.write('once')
      const answer = await holder.store.commit('a', write)
      assert.deepEqual(answer, { outcome: 'written', writes: 2 })
      assert.deepEqual(await holder.store.commit('a', write), answer)
      assert.equal((await stage.read('a'))?.writes, 2)
    },
  },
  {
    name: 'a commit sent again once its token has the lock anew writes once, and leaves it that lock',
    async run(stage) {
      const holder = await stage.held('a')
      const write = holder.write('once')
      assert.deepEqual(await holder.store.commit('a', write), { outcome: 'written', writes: 2 })
      isGranted(await holder.acquire('a'))
      assert.deepEqual(await holder.store.commit('a', write), { outcome: 'written', writes: 2 })
      assert.equal((await stage.store.inspect('a'))?.holder?.token, holder.token)
    },
  },
  {
    name: 'a commit that keeps, sent again, answers as it did and keeps the lock',
    async run(stage) {
      const holder = await stage.held('a')
      const write = holder.write('once', { keep: true })
      assert.deepEqual(await holder.store.commit('a', write), { outcome: 'written', writes: 2 })
      assert.deepEqual(await holder.store.commit('a', write), { outcome: 'written', writes: 2 })
      assert.equal((await stage.store.inspect('a'))?.holder?.token, holder.token)
      assert.deepEqual(await holder.commit('a', 'twice', { base: 2 }), { outcome: 'written', writes: 3 })
    },
  },
  {
    name: 'a commit sent again that an unlocked one came before answers an earlier version: the holder goes on, and nobody without the lock overlooks a commit',
    async run(stage) {
      const holder = await stage.held('a')
      const other = stage.process(2).caller()
      await other.read('a')
      matches(await other.commit('a', 'unlocked', { mode: 'unlocked' }), { outcome: 'written', writes: 2 })
      const write = holder.write('kept', { keep: true })
      assert.deepEqual(await holder.store.commit('a', write), { outcome: 'written', writes: 3 })
      const again = await holder.store.commit('a', write)
      assert.deepEqual(again, { outcome: 'written', writes: 2 })
      matches(await holder.commit('a', 'last', { base: 2 }), { outcome: 'written', writes: 4 })
      const late = await holder.commit('a', 'late', { mode: 'optimistic', base: 2 })
      assert.deepEqual(late, { outcome: 'refused', reason: 'conflict' })
      assert.equal(await textOf(stage.store, 'a'), 'last')
    },
  },
  {
    name: 'a creating commit sent again does not find its own record in its way',
    async run(stage) {
      const creator = stage.process(1).caller()
      const write = creator.write('once', { mode: 'create' })
      const answer = await creator.store.commit('a', write)
      matches(answer, { outcome: 'written', writes: 1, ...(await stage.lifeOf('a')) })
      assert.deepEqual(await creator.store.commit('a', write), answer)
    },
  },
  {
    name: 'an optimistic commit sent again is no conflict with itself',
    async run(stage) {
      await stage.record('a')
      const caller = stage.process(1).caller()
      await caller.read('a')
      const write = caller.write('once', { mode: 'optimistic' })
      assert.deepEqual(await caller.store.commit('a', write), { outcome: 'written', writes: 2 })
      assert.deepEqual(await caller.store.commit('a', write), { outcome: 'written', writes: 2 })
    },
  },
  {
    name: 'a commit sent again hands nothing on again: the waiter of this process that it handed the lock to looks for itself',
    async run(stage) {
      const holder = await stage.held('a')
      const next = stage.process(1).caller()
      isQueued(await next.acquire('a'))
      const write = holder.write('once')
      const answer = await holder.store.commit('a', write)
      assert.equal(answer.next?.token, next.token)
      const again = { outcome: 'written', writes: 2, wake: next.token }
      assert.deepEqual(await holder.store.commit('a', write), again)
      assert.equal((await stage.store.inspect('a'))?.holder?.token, next.token)
    },
  },
  {
    name: 'a commit sent again after a destroy is refused, and brings nothing back',
    async run(stage) {
      const holder = await stage.held('a')
      const write = holder.write('once')
      await holder.store.commit('a', write)
      await stage.store.destroy('a', TOMBSTONE)
      assert.deepEqual(await holder.store.commit('a', write), { outcome: 'refused', reason: 'destroyed' })
      assert.equal(await stage.read('a'), undefined)
    },
  },
  {
    name: 'the same number of another token is another commit',
    async run(stage) {
      await stage.record('a')
      for (const caller of [
        stage.process(1).caller(),
        stage.process(2).caller(),
        stage.process(2).caller(),
      ]) {
        await caller.acquire('a')
        await caller.commit('a', caller.token, { number: 1 })
        assert.equal(await textOf(stage.store, 'a'), caller.token)
      }
      assert.equal((await stage.read('a'))?.writes, 4)
    },
  },
]
