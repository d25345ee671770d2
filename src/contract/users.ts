import assert from 'node:assert/strict'
import type { Reservation, UserIndex } from '../store/user-index.ts'
import { LONG, type Promised, SHORT, type Stage } from './stage.ts'

export const userIndexes: Promised[] = [
  {
    name: 'users: what is reserved is named, with its device and its own epoch, to every process',
    async run(stage) {
      const { epoch } = reserved(await indexOf(stage).reserve('u', ask('a', { device: 'Firefox on ✈ x' })))
      assert.ok(epoch > 0)
      reserved(await indexOf(stage, 2).reserve('u', ask('b')))
      assert.deepEqual(await indexOf(stage, 2).epochs('u', 'a'), { epoch, own: epoch })
      const { sessions, ...list } = await indexOf(stage, 2).list('u')
      assert.equal(list.epoch, epoch)
      const [first] = sessions.sort((one, other) => (one.name < other.name ? -1 : 1))
      assert.ok(first && Number.isSafeInteger(first.since))
      assert.deepEqual(
        { ...first, since: 0 },
        { name: 'a', device: 'Firefox on ✈ x', since: 0, idle: LONG, epoch },
      )
      assert.deepEqual(
        sessions.map(one => one.name),
        ['a', 'b'],
      )
    },
  },
  {
    name: 'users: what is not known has no epoch, and another user is another',
    async run(stage) {
      const index = indexOf(stage)
      reserved(await index.reserve('u', ask('a')))
      assert.deepEqual(await index.epochs('v', 'a'), { epoch: 0, own: undefined })
      assert.deepEqual(await index.list('v'), { epoch: 0, sessions: [] })
      assert.equal(await index.follow('v', 'a', 'b'), undefined)
    },
  },
  {
    name: 'users: an index is no record, and no record is an index',
    async run(stage) {
      reserved(await indexOf(stage).reserve('u', ask('a')))
      const names: string[] = []
      for await (const name of stage.store.names()) names.push(name)
      assert.deepEqual(names, [])
    },
  },
  {
    name: 'users: more than max are refused, and those that were reserved at the same time count',
    async run(stage) {
      const asks = ['a', 'b', 'c', 'd', 'e'].map((name, n) =>
        indexOf(stage, n % 3).reserve('u', ask(name, { max: 2 })),
      )
      const outcomes = (await Promise.all(asks)).map(({ outcome }) => outcome)
      assert.equal(outcomes.filter(outcome => outcome === 'reserved').length, 2)
      assert.equal((await indexOf(stage).list('u')).sessions.length, 2)
    },
  },
  {
    name: 'users: where the oldest end, they are named, have a lower epoch, and count no more',
    async run(stage) {
      const index = indexOf(stage)
      for (const name of ['a', 'b']) {
        reserved(await index.reserve('u', ask(name)))
        await stage.until(async () => (await sinceOf(index, name)) < (await probe(index)))
      }
      const { ends, epoch } = reserved(await index.reserve('u', ask('c', { max: 1, endsOldest: true })))
      assert.deepEqual(ends, ['a', 'b'])
      assert.deepEqual(await index.epochs('u', 'a'), { epoch, own: 0 })
      assert.equal((await index.reserve('u', ask('d', { max: 1, young: LONG }))).outcome, 'full')
      assert.deepEqual(reserved(await index.reserve('u', ask('d', { max: 2, young: LONG }))).ends, [])
    },
  },
  {
    name: 'users: what has ended is named once more by a later login, and then no more',
    async run(stage) {
      const index = indexOf(stage)
      reserved(await index.reserve('u', ask('a')))
      reserved(await index.reserve('u', ask('b', { max: 1, endsOldest: true })))
      assert.deepEqual(await index.end('u', 'b', LONG), ['a'])
      assert.deepEqual(reserved(await index.reserve('u', ask('c'))).ends, ['a'])
      assert.deepEqual(reserved(await index.reserve('u', ask('d'))).ends, [])
      assert.deepEqual((await index.end('u', undefined, LONG)).sort(), ['b', 'c', 'd'])
    },
  },
  {
    name: 'users: a session does not count itself, nor the one whose place it takes; what was found dead is left out unless it is young',
    async run(stage) {
      const index = indexOf(stage)
      reserved(await index.reserve('u', ask('a', { max: 1 })))
      reserved(await index.reserve('u', ask('a', { max: 1 })))
      reserved(await index.reserve('u', ask('b', { max: 1, replaces: 'a' })))
      await index.forget('u', ['b'])
      const full = await index.reserve('u', ask('c', { max: 1, dead: ['a'], young: LONG }))
      assert.deepEqual(full, { outcome: 'full', names: ['a'] })
      reserved(await index.reserve('u', ask('c', { max: 1, dead: ['a'], young: 0 })))
    },
  },
  {
    name: 'users: whose time is over counts no more',
    async run(stage) {
      const index = indexOf(stage)
      reserved(await index.reserve('u', ask('a', { max: 1, lasts: SHORT })))
      await stage.until(async () => (await index.reserve('u', ask('b', { max: 1 }))).outcome === 'reserved')
    },
  },
  {
    name: 'users: an end raises the epoch for all but one, and a login after it has the new one',
    async run(stage) {
      const index = indexOf(stage)
      const before = reserved(await index.reserve('u', ask('a'))).epoch
      reserved(await index.reserve('u', ask('b')))
      assert.deepEqual(await index.end('u', 'b', LONG), ['a'])
      const { epoch, own } = await index.epochs('u', 'b')
      assert.ok(epoch > before && own === epoch)
      assert.deepEqual(await index.epochs('u', 'a'), { epoch, own: before })
      assert.equal(reserved(await index.reserve('u', ask('c', { young: LONG }))).epoch, epoch)
      assert.deepEqual((await index.end('u', 'a', LONG)).sort(), ['b', 'c'])
      const after = await index.epochs('u', 'a')
      assert.ok(after.epoch > epoch && after.own === before, 'what has ended does not go on')
    },
  },
  {
    name: 'users: an end of a user who is not known raises the epoch all the same',
    async run(stage) {
      assert.deepEqual(await indexOf(stage).end('u', undefined, LONG), [])
      assert.ok((await indexOf(stage).epochs('u', 'a')).epoch > 0)
    },
  },
  {
    name: 'users: a session that goes on under another name keeps its device and its epoch',
    async run(stage) {
      const index = indexOf(stage)
      const { epoch } = reserved(await index.reserve('u', ask('a', { device: 'phone' })))
      assert.equal(await index.follow('u', 'a', 'b'), epoch)
      await index.forget('u', ['a'])
      const { sessions } = await index.list('u')
      assert.deepEqual(
        sessions.map(({ name, device }) => [name, device]),
        [['b', 'phone']],
      )
    },
  },
]

function indexOf(stage: Stage, n = 1): UserIndex {
  return stage.process(n).store.users
}

function ask(name: string, over: Partial<Reservation> = {}): Reservation {
  const young = 0
  return { name, device: '', lasts: LONG, idle: LONG, max: 1000, endsOldest: false, dead: [], young, ...over }
}

function reserved(got: Awaited<ReturnType<UserIndex['reserve']>>) {
  assert.equal(got.outcome, 'reserved')
  return got as Extract<typeof got, { outcome: 'reserved' }>
}

async function sinceOf(index: UserIndex, name: string): Promise<number> {
  return (await index.list('u')).sessions.find(one => one.name === name)?.since ?? Number.NaN
}

/** The time by the index's clock. */
async function probe(index: UserIndex): Promise<number> {
  await index.reserve('clock', ask('now'))
  return (await index.list('clock')).sessions[0]?.since ?? Number.NaN
}
