import assert from 'node:assert/strict'
import { isGranted, isQueued, LONG, matches, type Promised, SHORT, textOf, within } from './stage.ts'

export const committing: Promised[] = [
  {
    name: 'a creating commit makes a record that nobody holds',
    async run(stage) {
      const written = await stage.process(1).caller().commit('a', 'first', { mode: 'create' })
      matches(written, { outcome: 'written', writes: 1 })
      matches((await stage.store.inspect('a')) ?? {}, { writes: 1, touches: 0, holder: undefined })
    },
  },
  {
    name: 'a creating commit that keeps takes the lock',
    async run(stage) {
      const creator = stage.process(1).caller('POST create')
      await creator.commit('a', 'first', { mode: 'create', keep: true })
      matches((await stage.store.inspect('a'))?.holder ?? {}, {
        token: creator.token,
        request: 'POST create',
      })
      isQueued(await stage.process(2).caller().acquire('a'))
      matches(await creator.commit('a', 'second'), { outcome: 'written', writes: 2 })
    },
  },
  {
    name: 'a creating commit is refused where there is a record, and changes nothing',
    async run(stage) {
      const holder = await stage.held('a')
      const refused = await stage.process(2).caller().commit('a', 'other', { mode: 'create', keep: true })
      matches(refused, { outcome: 'refused', reason: 'exists' })
      assert.equal(refused.outcome === 'refused' && refused.holder?.token, holder.token)
      assert.equal(await textOf(stage.store, 'a'), 'first')
      await holder.release('a')
      const free = await stage.process(2).caller().commit('a', 'other', { mode: 'create' })
      assert.deepEqual(free, { outcome: 'refused', reason: 'exists' })
    },
  },
  {
    name: 'exactly one of twenty creating commits writes',
    async run(stage) {
      const callers = [1, 2, 3, 4].flatMap(n => stage.process(n).callers(5))
      const seen = await Promise.all(callers.map(c => c.commit('a', c.token, { mode: 'create' })))
      const winner = seen.findIndex(({ outcome }) => outcome === 'written')
      assert.equal(seen.filter(got => got.outcome === 'refused' && got.reason === 'exists').length, 19)
      assert.equal(await textOf(stage.store, 'a'), callers[winner]?.token)
    },
  },
  {
    name: "the holder's commit writes, counts and unlocks",
    async run(stage) {
      const holder = await stage.held('a')
      assert.deepEqual(await holder.commit('a', 'second'), { outcome: 'written', writes: 2 })
      matches((await stage.store.inspect('a')) ?? {}, { writes: 2, holder: undefined })
      matches(await stage.process(2).caller().acquire('a'), {
        outcome: 'granted',
        data: Buffer.from('second'),
      })
    },
  },
  {
    name: 'a commit that keeps writes and holds on, as often as it likes',
    async run(stage) {
      const holder = await stage.held('a')
      for (const writes of [2, 3, 4]) {
        const kept = await holder.commit('a', `save ${writes}`, { keep: true })
        assert.deepEqual(kept, { outcome: 'written', writes })
        assert.equal(await textOf(stage.store, 'a'), `save ${writes}`)
        isQueued(await stage.process(1).caller().acquire('a'))
      }
      matches(await holder.commit('a', 'last'), { outcome: 'written', writes: 5 })
    },
  },
  {
    name: 'a commit that keeps renews the lease',
    async run(stage) {
      const holder = await stage.held('a', stage.process(1), { lease: 5000 })
      await holder.commit('a', 'kept', { keep: true })
      within((await stage.store.inspect('a'))?.holder?.leaseLeft, 5001, LONG)
    },
  },
  {
    name: 'an exclusive commit is refused to a token that does not hold the lock',
    async run(stage) {
      await stage.record('a')
      const stranger = stage.process(1).caller()
      await stranger.read('a')
      const refused = await stranger.commit('a', 'x')
      assert.deepEqual(refused, { outcome: 'refused', reason: 'lock-lost' })
      const holder = stage.process(2).caller()
      isGranted(await holder.acquire('a'))
      const named = await stranger.commit('a', 'x')
      assert.equal(named.outcome === 'refused' && named.holder?.token, holder.token)
      matches((await stage.read('a')) ?? {}, { data: Buffer.from('first'), writes: 1 })
    },
  },
  {
    name: 'a holder that has let go commits no more',
    async run(stage) {
      const holder = await stage.held('a')
      await holder.commit('a', 'last')
      assert.deepEqual(await holder.commit('a', 'one more'), { outcome: 'refused', reason: 'lock-lost' })
      assert.equal(await textOf(stage.store, 'a'), 'last')
    },
  },
  ...(['exclusive', 'optimistic', 'unlocked'] as const).map(
    mode =>
      ({
        name: `a commit (${mode}) creates nothing where there is no record`,
        async run(stage) {
          const refused = await stage.process(1).caller().commit('a', 'x', { mode, keep: true })
          assert.deepEqual(refused, { outcome: 'refused', reason: 'destroyed' })
          assert.equal(await stage.store.read('a'), undefined)
        },
      }) satisfies Promised,
  ),
  {
    name: 'an optimistic commit writes while the version is what it read and nobody holds the lock',
    async run(stage) {
      await stage.record('a')
      const caller = stage.process(2).caller()
      await caller.read('a')
      assert.deepEqual(await caller.commit('a', 'x', { mode: 'optimistic' }), {
        outcome: 'written',
        writes: 2,
      })
      assert.equal(await textOf(stage.store, 'a'), 'x')
      matches((await stage.store.inspect('a')) ?? {}, { holder: undefined })
    },
  },
  {
    name: 'an optimistic commit is a conflict once another has written',
    async run(stage) {
      await stage.record('a')
      const [slow, quick] = [stage.process(1).caller(), stage.process(2).caller()]
      await slow.read('a')
      await quick.read('a')
      await quick.commit('a', 'quick', { mode: 'optimistic' })
      const refused = await slow.commit('a', 'slow', { mode: 'optimistic' })
      assert.deepEqual(refused, { outcome: 'refused', reason: 'conflict' })
      assert.equal(await textOf(stage.store, 'a'), 'quick')
    },
  },
  {
    name: 'exactly one of twenty optimistic commits on one version writes',
    async run(stage) {
      await stage.record('a')
      const callers = [1, 2, 3, 4].flatMap(n => stage.process(n).callers(5))
      await Promise.all(callers.map(c => c.read('a')))
      const seen = await Promise.all(callers.map(c => c.commit('a', c.token, { mode: 'optimistic' })))
      assert.equal(seen.filter(({ outcome }) => outcome === 'written').length, 1)
      assert.equal((await stage.read('a'))?.writes, 2)
    },
  },
  {
    name: 'an optimistic commit is a conflict while anybody holds the lock, who keeps it',
    async run(stage) {
      const holder = await stage.held('a')
      const caller = stage.process(2).caller()
      await caller.read('a')
      const refused = await caller.commit('a', 'x', { mode: 'optimistic' })
      matches(refused, { outcome: 'refused', reason: 'conflict' })
      assert.equal(refused.outcome === 'refused' && refused.holder?.token, holder.token)
      matches(await holder.commit('a'), { outcome: 'written', writes: 2 })
    },
  },
  {
    name: 'an optimistic commit passes by a holder whose lease has lapsed, whose commit is refused then',
    async run(stage) {
      const holder = await stage.held('a', stage.process(1), { lease: SHORT })
      const caller = stage.process(2).caller()
      await caller.read('a')
      const written = await stage.until(async () => {
        const got = await caller.commit('a', 'x', { mode: 'optimistic' })
        return got.outcome === 'written' && got
      })
      assert.equal(written.writes, 2)
      matches(await holder.commit('a', 'late'), { outcome: 'refused', reason: 'lock-lost' })
      matches((await stage.store.inspect('a')) ?? {}, { writes: 2, holder: undefined })
    },
  },
  {
    name: 'an optimistic commit by the very holder whose lease has lapsed leaves the lock free, keep or not',
    async run(stage) {
      const holder = await stage.held('a', stage.process(1), { lease: SHORT })
      await stage.until(async () => {
        const got = await holder.commit('a', 'x', { mode: 'optimistic', base: 1, keep: true })
        return got.outcome === 'written'
      })
      matches((await stage.store.inspect('a')) ?? {}, { writes: 2, holder: undefined })
      isGranted(await stage.process(2).caller().acquire('a'))
    },
  },
  {
    name: 'an unlocked commit writes to a record that exists, held or not, and takes nobody’s lock',
    async run(stage) {
      const holder = await stage.held('a')
      const caller = stage.process(2).caller()
      await caller.read('a')
      assert.deepEqual(await caller.commit('a', 'x', { mode: 'unlocked' }), { outcome: 'written', writes: 2 })
      assert.equal((await stage.store.inspect('a'))?.holder?.token, holder.token)
      matches(await holder.commit('a', 'held'), { outcome: 'written', writes: 3 })
      matches(await caller.commit('a', 'y', { mode: 'unlocked' }), { outcome: 'written', writes: 4 })
      assert.equal(await textOf(stage.store, 'a'), 'y')
    },
  },
]
