import assert from 'node:assert/strict'
import { isGranted, LONG, matches, type Promised, SHORT, within } from './stage.ts'

const always = { absolute: 0, interval: 0 }

export const touching: Promised[] = [
  {
    name: 'touch extends the time to live of a record, and counts',
    async run(stage) {
      await stage.record('a')
      assert.equal(await stage.process(2).store.touch('a', { ttl: 2 * LONG, ...always }), 'touched')
      const seen = await stage.store.inspect('a')
      within(seen?.ttl, LONG + 1, 2 * LONG)
      matches(seen ?? {}, { touches: 1, writes: 1, holder: undefined, data: Buffer.from('first') })
    },
  },
  {
    name: 'touch creates nothing',
    async run(stage) {
      assert.equal(await stage.store.touch('a', { ttl: LONG, ...always }), 'missing')
      assert.equal(await stage.store.inspect('a'), undefined)
    },
  },
  {
    name: 'touch never shortens a time to live',
    async run(stage) {
      await stage.record('a', 'first', { ttl: 2 * LONG })
      assert.equal(await stage.store.touch('a', { ttl: LONG, ...always }), 'fresh')
      matches((await stage.store.inspect('a')) ?? {}, { touches: 0 })
      within((await stage.store.inspect('a'))?.ttl, LONG + 1, 2 * LONG)
    },
  },
  {
    name: 'touch leaves a time to live alone that is short of it by less than the interval',
    async run(stage) {
      await stage.record('a')
      const touch = (ttl: number, interval: number) => stage.store.touch('a', { ttl, absolute: 0, interval })
      assert.equal(await touch(LONG + 5000, 20_000), 'fresh')
      assert.equal(await touch(LONG + 20_000, 20_000), 'touched')
      assert.equal(await touch(LONG + 20_000, 20_000), 'fresh')
      assert.equal(await touch(LONG + 20_001, 0), 'touched')
      assert.equal((await stage.store.inspect('a'))?.touches, 2)
    },
  },
  {
    name: 'touch does not reach beyond the absolute age',
    async run(stage) {
      await stage.record('a', 'first', { ttl: 20_000 })
      const touch = { ttl: LONG, absolute: 30_000, interval: 0 }
      assert.equal(await stage.store.touch('a', touch), 'touched')
      within((await stage.store.inspect('a'))?.ttl, 20_001, 30_000)
      assert.equal(await stage.store.touch('a', { ...touch, absolute: 10_000 }), 'fresh')
      within((await stage.store.inspect('a'))?.ttl, 20_001, 30_000)
    },
  },
  {
    name: 'touch neither minds a lock nor takes one',
    async run(stage) {
      const holder = await stage.held('a', stage.process(1), { lease: 5000 })
      assert.equal(await stage.store.touch('a', { ttl: 3 * LONG, ...always }), 'touched')
      assert.equal((await stage.store.inspect('a'))?.holder?.token, holder.token)
      matches(await holder.commit('a'), { outcome: 'written', writes: 2 })
      assert.equal((await stage.read('a'))?.touches, 1)
    },
  },
  {
    name: 'release touches if it is asked to',
    async run(stage) {
      const holder = await stage.held('a', stage.process(1), { lease: 5000 })
      assert.deepEqual(await holder.release('a', { ttl: 2 * LONG, ...always }), { outcome: 'released' })
      within((await stage.store.inspect('a'))?.ttl, LONG + 1, 2 * LONG)
      matches((await stage.store.inspect('a')) ?? {}, { touches: 1, holder: undefined })
    },
  },
  {
    name: 'release alone leaves the time to live as it is, and so does a touch within its interval',
    async run(stage) {
      await stage.record('a')
      const ask = { lease: 5000 }
      for (const touch of [
        undefined,
        { ttl: LONG, absolute: 0, interval: LONG },
        { ttl: 20_000, ...always },
      ]) {
        const holder = stage.process(1).caller()
        isGranted(await holder.acquire('a', ask))
        assert.deepEqual(await holder.release('a', touch), { outcome: 'released' })
        within((await stage.store.inspect('a'))?.ttl, LONG - 10_000, LONG)
        assert.equal((await stage.read('a'))?.touches, 0)
      }
    },
  },
  {
    name: 'release by anybody but the holder neither unlocks nor touches',
    async run(stage) {
      const holder = await stage.held('a')
      const other = stage.process(2).caller()
      assert.deepEqual(await other.release('a', { ttl: 9 * LONG, ...always }), { outcome: 'not-held' })
      matches((await stage.store.inspect('a')) ?? {}, { touches: 0 })
      assert.equal((await stage.store.inspect('a'))?.holder?.token, holder.token)
    },
  },
  {
    name: 'touch keeps a record alive that would have ended',
    async run(stage) {
      // On a slow machine it has ended before it is touched, and is made anew.
      await stage.until(async () => {
        await stage.record('a', 'first', { ttl: 3 * SHORT })
        return (await stage.store.touch('a', { ttl: LONG, ...always })) === 'touched'
      })
      // By the time that one of the same life has ended that came later, the first would have, too.
      await stage.record('b', 'first', { ttl: 3 * SHORT })
      await stage.until(async () => (await stage.store.read('b')) === undefined)
      assert.equal((await stage.read('a'))?.touches, 1)
    },
  },
]
