import assert from 'node:assert/strict'
import type { Store } from '../store.ts'
import { isQueued, LONG, matches, type Promised, TOMBSTONE, within } from './stage.ts'

const EVERY_BYTE = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
const PAYLOADS: [what: string, data: Buffer][] = [
  ['every byte, NUL and what is no UTF-8 among them', EVERY_BYTE],
  ['nothing but NULs', Buffer.alloc(3)],
  ['no bytes at all', Buffer.alloc(0)],
  ['what looks like a number', Buffer.from('0012.50')],
  ['line ends and the words of the protocol', Buffer.from('\r\n$-1\r\n*0\r\n')],
  ['more than comes in one piece', Buffer.alloc(200 * 1024, EVERY_BYTE)],
]

export const records: Promised[] = [
  ...PAYLOADS.map(
    ([what, data]): Promised => ({
      name: `the data is what was written: ${what}`,
      async run(stage) {
        const holder = stage.process(1).caller()
        await holder.commit('a', data, { mode: 'create', keep: true })
        assert.deepEqual((await stage.read('a'))?.data, data)
        assert.deepEqual((await stage.store.inspect('a'))?.data, data)
        const [next, last] = [stage.process(1).caller(), stage.process(1).caller()]
        isQueued(await next.acquire('a'))
        isQueued(await last.acquire('a'))
        assert.deepEqual((await holder.commit('a', data)).next?.found.data, data)
        assert.deepEqual((await next.release('a')).next?.found.data, data)
        await last.release('a')
        matches(await stage.process(2).caller().acquire('a'), { outcome: 'granted', data })
      },
    }),
  ),
  {
    name: 'requests are told as they were named, blanks, other scripts and nothing included',
    async run(stage) {
      for (const request of ['GET shop.example/a b', 'POST läden.example/Größe/漢', '', ' ']) {
        const holder = stage.process(1).caller('GET holder')
        await holder.commit('a', 'x', { mode: 'create', keep: true })
        const waiter = stage.process(1).caller(request)
        isQueued(await waiter.acquire('a'))
        assert.equal((await holder.release('a')).next?.token, waiter.token)
        assert.equal((await stage.store.inspect('a'))?.holder?.request, request)
        await stage.destroyed('a')
      }
    },
  },
  {
    name: 'names tells every record once, and nothing but records',
    async run(stage) {
      assert.deepEqual(await namesOf(stage.store), [])
      const names = Array.from({ length: 40 }, (_, n) => `record-${String(n).padStart(2, '0')}`)
      for (const name of names) await stage.record(name)
      await stage.held('held')
      isQueued(await stage.process(2).caller().acquire('held'))
      await stage.store.destroy('record-07', TOMBSTONE)
      const there = ['held', ...names.filter(name => name !== 'record-07')]
      assert.deepEqual((await namesOf(stage.process(2).store)).sort(), there)
    },
  },
  {
    name: 'inspect tells all there is to know of a record, and changes nothing',
    async run(stage) {
      await stage.listening(2)
      const holder = await stage.held('a')
      isQueued(await stage.process(2).caller().acquire('a'))
      for (let look = 0; look < 2; look++) {
        const seen = await stage.store.inspect('a')
        assert.ok(seen?.holder && seen.key.endsWith('a'))
        matches(seen, { data: Buffer.from('first'), writes: 1, touches: 0, waiters: 1, phpWaiters: 0 })
        matches(seen.holder, { token: holder.token, request: 'GET holder', kind: 'ours' })
        within(seen.holder.heldFor, 0, 5000)
        within(seen.holder.leaseLeft, LONG - 5000, LONG)
        within(seen.ttl, LONG, 2 * LONG)
        assert.ok(Number.isSafeInteger(seen.created))
      }
      await holder.release('a')
      assert.equal((await stage.store.inspect('a'))?.waiters, 0)
    },
  },
  {
    name: 'inspect does not count a waiter that has died',
    async run(stage) {
      await stage.held('a')
      isQueued(await stage.process(1).caller().acquire('a', { patience: 40 }))
      await stage.until(async () => (await stage.store.inspect('a'))?.waiters === 0)
    },
  },
  {
    name: 'ping answers',
    async run(stage) {
      assert.equal(await stage.store.ping(), undefined)
    },
  },
]

async function namesOf(store: Store): Promise<string[]> {
  const names: string[] = []
  for await (const name of store.names()) names.push(name)
  return names
}
