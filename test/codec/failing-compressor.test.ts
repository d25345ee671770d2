// What a compressor does that nobody foresaw costs no session.
import { describe, expect, test } from '@jest/globals'
import { lz4 } from '../../src/codec/lz4.ts'
import type { Compressor } from '../../src/index.ts'
import { MemoryStore } from '../../src/memory/memory-store.ts'
import { eventsNamed, watchedSessions } from '../support/sessions.ts'
import { CART, dataOf, stored } from './sessions.ts'
import { brotli } from './support.ts'

describe('a compressor that fails', () => {
  const failing: [string, Partial<Compressor>][] = [
    ['throws', { compress: () => JSON.parse('{') }],
    [
      'throws nothing at all',
      {
        compress: () => {
          throw undefined
        },
      },
    ],
    ['answers no Buffer', { compress: () => 'text' as never }],
    ['answers nothing', { compress: () => Buffer.alloc(0) }],
    ['rejects', { compress: () => Promise.reject(new Error('no thread')) }],
    ['rejects with nothing at all', { compress: () => Promise.reject(undefined) }],
    ['answers a promise of no Buffer', { compress: async () => 'text' as never }],
    ['answers a promise of nothing', { compress: async () => Buffer.alloc(0) }],
  ]

  test.each(failing)(
    '%s: the session is stored uncompressed, and the event compression-failed says so',
    async (_, part) => {
      const { sessions, events } = await watchedSessions(
        { store: 'memory', compression: 'mine' },
        { compressors: [{ ...brotli, name: 'mine', tag: ':my:', ...part }] },
      )
      const id = await stored(sessions, CART)
      expect(await dataOf(sessions, id)).toEqual(CART)
      expect((await sessions.inspect(id))?.compression).toBe('none')
      const [failed, ...more] = eventsNamed(events, 'compression-failed')
      expect(failed).toMatchObject({ compression: 'mine', why: expect.stringMatching(/./) })
      expect(more).toEqual([])
      await sessions.close()
    },
  )

  test.each<[string, () => unknown]>([
    ['nothing', () => Buffer.alloc(0)],
    ['a text', () => '{}'],
    ['a promise that rejects', () => Promise.reject(new Error('late'))],
    ['a promise of nothing', async () => Buffer.alloc(0)],
    ['more than the limit', () => Buffer.alloc(5_000_000, ' ')],
  ])(
    'to read with, and answers %s: the record is unreadable, never an empty session',
    async (_, decompress) => {
      const mine = { ...brotli, name: 'mine', tag: ':my:' }
      const store = new MemoryStore()
      const { sessions: writer } = await watchedSessions(
        { compression: 'mine' },
        { store, compressors: [mine] },
      )
      const id = await stored(writer, CART)
      const broken = { ...mine, decompress: decompress as () => Buffer }
      const { sessions, events } = await watchedSessions({}, { store, compressors: [broken] })
      expect((await sessions.open(id)).isNew).toBe(true)
      expect(eventsNamed(events, 'record-unreadable')).toHaveLength(1)
      expect(await sessions.inspect(id)).toMatchObject({ compression: 'mine', bytes: undefined })
      expect(await dataOf(writer, id)).toEqual(CART)
    },
  )

  test('is not installed: told at start and with the first session, and all are stored uncompressed', async () => {
    const why = 'x cannot be loaded here: run "npm install x"'
    const absent: Compressor = {
      ...lz4,
      name: 'mine',
      tag: ':my:',
      unavailable: () => why,
      compress: () => {
        throw new Error(why)
      },
    }
    const { sessions, events, lines } = await watchedSessions(
      { store: 'memory', compression: 'mine' },
      { compressors: [absent] },
    )
    expect(events).toEqual([{ event: 'compression-unavailable', compression: 'mine', why }])
    expect(lines[0]).toMatchObject({ level: 50, msg: expect.stringContaining('npm install x') })
    for (let i = 0; i < 3; i += 1) expect(await dataOf(sessions, await stored(sessions, CART))).toEqual(CART)
    expect(eventsNamed(events, 'compression-failed')).toEqual([
      expect.objectContaining({ compression: 'mine', why }),
    ])
    await sessions.close()
  })

  test.each<[string, Partial<Compressor>]>([
    ['works otherwise', {}],
    ['does not', { compress: () => JSON.parse('{'), decompress: () => JSON.parse('{') }],
  ])(
    'cannot even say whether it is available, and %s: told by its name, and no session is lost',
    async (_, part) => {
      const unsure: Compressor = {
        ...brotli,
        ...{ name: 'mine', tag: ':my:', ...part },
        unavailable: () => {
          throw new Error('out of ideas')
        },
      }
      const { sessions, events } = await watchedSessions(
        { store: 'memory', compression: 'mine' },
        { compressors: [unsure] },
      )
      expect(eventsNamed(events, 'compression-unavailable')).toEqual([
        expect.objectContaining({
          compression: 'mine',
          why: '"mine" threw from unavailable() (out of ideas); fix that function',
        }),
      ])
      const id = await stored(sessions, CART)
      expect(await dataOf(sessions, id)).toEqual(CART)
      expect((await sessions.inspect(id))?.compression).toBe('none')
      await sessions.close()
    },
  )

  test('and cannot say whether it is available leaves a record unreadable, and says so', async () => {
    const store = new MemoryStore()
    const mine = { ...brotli, name: 'mine', tag: ':my:' }
    const { sessions: writer } = await watchedSessions(
      { compression: 'mine' },
      { store, compressors: [mine] },
    )
    const id = await stored(writer, CART)
    const fail = () => JSON.parse('{')
    const broken = { ...mine, decompress: fail, unavailable: fail }
    const { sessions, events } = await watchedSessions({}, { store, compressors: [broken] })
    expect((await sessions.open(id)).isNew).toBe(true)
    expect(eventsNamed(events, 'record-unreadable')[0]?.why).toContain('"mine" threw from unavailable()')
    expect(await dataOf(writer, id)).toEqual(CART)
  })

  test('of which a payload is met is an unreadable record that names it, and is left alone', async () => {
    const store = new MemoryStore()
    const { sessions: writer } = await watchedSessions(
      { compression: 'brotli' },
      { store, compressors: [brotli] },
    )
    const id = await stored(writer, CART)
    const { sessions: reader, events } = await watchedSessions({}, { store })
    expect((await reader.open(id)).isNew).toBe(true)
    expect(eventsNamed(events, 'record-unreadable')[0]?.why).toContain(':br:')
    expect(await reader.inspect(id)).toMatchObject({ compression: ':br:', bytes: undefined })
    expect(await dataOf(writer, id)).toEqual(CART)
  })
})
