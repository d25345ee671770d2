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
      matches(await stage.process(2).store.destroy('a', TOMBSTONE), { existed: true })
      assert.equal(await stage.read('a'), undefined)
      assert.deepEqual(await stage.store.destroy('a', { ...TOMBSTONE, token: 'web|1|contract-0-tomb.2' }), {
        existed: false,
      })
    },
  },
  {
    name: 'destroy sent again says as it did that there was a record',
    async run(stage) {
      await stage.record('a')
      matches(await stage.store.destroy('a', TOMBSTONE), { existed: true })
      matches(await stage.store.destroy('a', TOMBSTONE), { existed: true })
      const holder = await stage.held('b')
      assert.equal((await holder.end('b', 'exclusive')).existed, true)
      matches(await holder.end('b', 'exclusive'), { existed: true })
    },
  },
  ...(['exclusive', 'optimistic', 'unlocked'] as const).map(
    mode =>
      ({
        name: `an end that expects the record as it was read (${mode}) ends it, and wakes its waiters`,
        async run(stage) {
          const other = await stage.listening(2)
          await stage.record('a')
          const ender = stage.process(1).caller()
          if (mode === 'exclusive') isGranted(await ender.acquire('a'))
          else await ender.read('a')
          const waiter = other.caller()
          if (mode === 'exclusive') isQueued(await waiter.acquire('a'))
          matches(await ender.end('a', mode), { existed: true, refused: undefined })
          assert.equal(await stage.read('a'), undefined)
          if (mode === 'exclusive') await stage.until(async () => other.woken.includes(waiter.token))
        },
      }) satisfies Promised,
  ),
  {
    name: 'an end is refused, and changes nothing, where the lock was lost; it names who has it',
    async run(stage) {
      const slow = await stage.held('a')
      const breaker = stage.process(2).caller('GET breaker')
      isGranted(await breaker.acquire('a', { breaks: { token: slow.token, writes: undefined } }))
      const refused = await slow.end('a', 'exclusive')
      matches(refused, { existed: false, refused: 'lock-lost' })
      matches(refused.holder ?? {}, { token: breaker.token, request: 'GET breaker' })
      matches(await breaker.commit('a', 'mine'), { outcome: 'written', writes: 2 })
      const later = await slow.end('a', 'exclusive')
      matches(later, { refused: 'lock-lost' })
      matches(later.holder ?? {}, { token: breaker.token, released: true })
      assert.equal(await textOf(stage.store, 'a'), 'mine')
    },
  },
  {
    name: 'an end is refused with a conflict where another has committed since, or holds the lock',
    async run(stage) {
      await stage.record('a')
      const [late, other] = stage.process(1).callers(2) as [Caller, Caller]
      await late.read('a')
      isGranted(await other.acquire('a'))
      const refused = await late.end('a', 'optimistic')
      matches(refused, { existed: false, refused: 'conflict' })
      assert.equal(refused.holder?.token, other.token)
      matches(await other.commit('a', 'second'), { outcome: 'written', writes: 2 })
      assert.deepEqual(await late.end('a', 'optimistic'), { existed: false, refused: 'conflict' })
      assert.equal(await textOf(stage.store, 'a'), 'second')
      matches(await late.end('a', 'unlocked'), { existed: true })
    },
  },
  ...(['exclusive', 'optimistic', 'unlocked'] as const).map(
    mode =>
      ({
        name: `an end (${mode}) is refused once the session has ended, for good or by a login`,
        async run(stage) {
          for (const [kind, refused] of [
            ['destroyed', 'destroyed'],
            ['login', 'moved'],
            ['rotated', 'moved'],
          ] as const) {
            const late = await stage.held(kind)
            await stage.store.destroy(kind, { ...TOMBSTONE, kind, readable: LONG })
            assert.deepEqual(await late.end(kind, mode), { existed: false, refused })
            matches((await stage.store.read(kind)) ?? {}, { gone: kind })
          }
        },
      }) satisfies Promised,
  ),
  {
    name: 'a rotation leaves its pointer in place of the data, for as long as it may be read',
    async run(stage) {
      const pointer = Buffer.from([0, 255, 10, 13])
      for (const [name, readable, old] of [
        ['a', LONG, pointer],
        ['b', 0, undefined],
      ] as const) {
        await stage.record(name)
        await stage.store.destroy(name, { ...TOMBSTONE, kind: 'rotated', readable, pointer })
        assert.deepEqual(await stage.store.read(name), { gone: 'rotated', old })
        const asked = await stage.process(2).caller().acquire(name)
        assert.deepEqual(asked, { outcome: 'gone', gone: 'rotated', old })
        // A logout that comes too late learns what to end.
        const late = await stage.store.destroy(name, { ...TOMBSTONE, token: 'web|1|contract-0-late.1' })
        assert.deepEqual(late, { existed: false, pointer })
        assert.deepEqual(await stage.store.read(name), { gone: 'rotated', old })
      }
    },
  },
  ...(['exclusive', 'optimistic', 'unlocked'] as const).map(
    mode =>
      ({
        name: `an end (${mode}) leaves another record of the same name alone`,
        async run(stage) {
          const late = await stage.held('a')
          await stage.destroyed('a')
          await stage.record('a', 'anew')
          matches(await late.end('a', mode), { existed: false, refused: 'destroyed' })
          assert.equal(await textOf(stage.store, 'a'), 'anew')
        },
      }) satisfies Promised,
  ),
  {
    name: 'an end is refused of a lock that was handed on with newer data than the request has',
    async run(stage) {
      const other = await stage.listening(2)
      const first = await stage.held('a')
      const late = other.caller()
      isQueued(await late.acquire('a'))
      matches(await first.commit('a', 'second'), { outcome: 'written', writes: 2 })
      await stage.until(async () => other.woken.includes(late.token))
      matches(await late.end('a', 'exclusive', { base: 1, claims: true }), { refused: 'lock-lost' })
      isGranted(await late.acquire('a'))
      matches(await late.end('a', 'exclusive'), { existed: true })
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
