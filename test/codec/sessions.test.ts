import { brotliCompressSync, brotliDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { gzip } from '../../src/codec/gzip.ts'
import { lz4 } from '../../src/codec/lz4.ts'
import { COMPRESSORS } from '../../src/codec/registry.ts'
import { type Compressor, createSessions, type OptionsInput, type Sessions } from '../../src/index.ts'
import { MemoryStore } from '../../src/memory/memory-store.ts'
import { type RedisServer, startRedis } from '../support/redis-server.ts'
import { eventsNamed, watchedSessions } from '../support/sessions.ts'
import { USABLE, USABLE_NAMES } from './support.ts'

const CART = {
  items: Array.from({ length: 80 }, (_, i) => ({ sku: `SKU-${i}`, qty: i, name: 'Käse „jung“ 🧀' })),
}
const LARGE = { items: Array.from({ length: 24_000 }, (_, i) => ({ sku: `SKU-${i * 7919}`, qty: i % 7 })) }

const brotli: Compressor = {
  name: 'brotli',
  tag: ':br:',
  compress: data => brotliCompressSync(data, { params: { 1: 1 } }),
  decompress: (data, limit) => brotliDecompressSync(data, limit > 0 ? { maxOutputLength: limit } : {}),
}

async function stored(sessions: Sessions, data: object): Promise<string> {
  const session = await sessions.open()
  session.data = structuredClone(data) as Record<string, unknown>
  expect(await session.commit()).toMatchObject({ written: true })
  return session.id
}

async function dataOf(sessions: Sessions, id: string): Promise<Record<string, unknown>> {
  const session = await sessions.open(id)
  expect(session.isNew).toBe(false)
  await session.release()
  return session.data
}

const WAYS: OptionsInput[] = [
  ...USABLE_NAMES.flatMap(compression =>
    [0, 2048, 1_000_000].map(compressionThreshold => ({ compression, compressionThreshold })),
  ),
  ...USABLE.flatMap(({ name, levels }) =>
    levels ? [{ compression: name, compressionLevel: levels.max }] : [],
  ),
  { compression: 'brotli' },
]

describe('switching library, level, threshold or off in a running shop loses no session', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis.stop())

  async function writeAndReadWithEach(open: (way: OptionsInput) => Promise<Sessions>) {
    const shops = await Promise.all(WAYS.map(open))
    const small = await Promise.all(shops.map(shop => stored(shop, CART)))
    const large = await Promise.all(shops.map(shop => stored(shop, LARGE)))
    for (const shop of shops) {
      for (const id of small) expect(await dataOf(shop, id)).toEqual(CART)
    }
    for (const id of large) expect(await dataOf(shops[0] as Sessions, id)).toEqual(LARGE)
    const [first] = shops
    const used = await Promise.all(small.map(async id => (await first?.inspect(id))?.compression))
    expect(new Set(used)).toEqual(new Set([...USABLE_NAMES, 'brotli']))
    await Promise.all(shops.map(shop => shop.close()))
  }

  test('in memory', async () => {
    const store = new MemoryStore()
    await writeAndReadWithEach(way => createSessions(way, { store, compressors: [brotli] }))
  })

  test('in Redis', async () => {
    await writeAndReadWithEach(way =>
      createSessions({ ...way, redis: { url: redis.url } }, { compressors: [brotli] }),
    )
  })
})

describe('data large enough to block the event loop', () => {
  test.each(USABLE_NAMES)(
    'is stored as it was at commit, whatever is changed meanwhile: %s',
    async compression => {
      const { sessions, events } = await watchedSessions({ store: 'memory', compression })
      const session = await sessions.open()
      session.data = structuredClone(LARGE)
      const committing = session.commit()
      ;(session.data as typeof LARGE).items.length = 1
      session.data.late = true
      expect(await committing).toEqual({ written: true, writes: 1 })
      expect(await dataOf(sessions, session.id)).toEqual(LARGE)
      expect((await sessions.inspect(session.id))?.compression).toBe(compression)
      expect(events.filter(e => e.event !== 'lock-waited')).toEqual([])
      await sessions.close()
    },
  )

  test('is looked at without blocking the event loop', async () => {
    const { sessions } = await watchedSessions({ store: 'memory', compression: 'lzf' })
    const id = await stored(sessions, LARGE)
    let turns = 0
    const turning = setInterval(() => {
      turns += 1
    }, 0)
    // lzf works in slices, and lets others have their turn between them.
    expect(await sessions.inspect(id)).toMatchObject({ bytes: JSON.stringify(LARGE).length })
    clearInterval(turning)
    expect(turns).toBeGreaterThan(0)
    await sessions.close()
  })

  test('keeps the lock until it is written', async () => {
    const { sessions } = await watchedSessions({ store: 'memory' })
    const id = await stored(sessions, LARGE)
    const first = await sessions.open(id)
    const second = sessions.open(id)
    first.data.by = 'the first'
    const [, next] = await Promise.all([first.commit(), second])
    expect(next.data.by).toBe('the first')
    expect(next.locked).toBe(true)
    await next.release()
    await sessions.close()
  })

  test('is not stored by a request that destroys its session meanwhile', async () => {
    const { sessions } = await watchedSessions({ store: 'memory' })
    const session = await sessions.open(await stored(sessions, LARGE))
    session.data.more = true
    const committing = session.commit()
    await session.destroy()
    expect(await committing).toMatchObject({ written: false, reason: 'destroyed' })
    expect(await sessions.inspect(session.id)).toBeUndefined()
    await sessions.close()
  })
})

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
    ['answers a promise', { compress: async () => Buffer.alloc(1) } as never],
    ['answers a promise that rejects', { compress: () => Promise.reject(new Error('late')) } as never],
    ['answers nothing', { compress: () => Buffer.alloc(0) }],
    [
      'cannot say from which size on it blocks',
      {
        offThread: {
          compressFrom: () => JSON.parse('{'),
          decompressFrom: 0,
          compress: async () => Buffer.alloc(1),
          decompress: async () => Buffer.alloc(1),
        },
      },
    ],
    [
      'rejects off the event loop',
      {
        offThread: {
          compressFrom: () => 0,
          decompressFrom: 0,
          compress: () => Promise.reject(new Error('no thread')),
          decompress: async () => Buffer.alloc(0),
        },
      },
    ],
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

describe('what cannot be chosen is an error at start that says what can', () => {
  test.each<[OptionsInput, string]>([
    [
      { compression: 'zip' },
      'compression must be one of "gzip", "lzf", "lz4", "snappy", "zstd", "none", but compression is zip (the code)',
    ],
    [{ compression: '__proto__' }, 'compression must be one of'],
    [
      { compression: 'gzip', compressionLevel: 10 },
      'compressionLevel must be a whole number from 1 to 9 for gzip, or null, but compressionLevel is 10 (the code)',
    ],
    [{ compression: 'gzip', compressionLevel: 0 }, 'from 1 to 9 for gzip'],
    [
      { compression: 'lz4', compressionLevel: 1 },
      'compressionLevel must be null for lz4, which takes no level',
    ],
    [{ compression: 'lzf', compressionLevel: 1 }, 'null for lzf'],
    [{ compression: 'snappy', compressionLevel: 1 }, 'null for snappy'],
    [{ compression: 'none', compressionLevel: 1 }, 'null for none'],
    [
      { compression: 'zstd', compressionLevel: 20 },
      USABLE_NAMES.includes('zstd') ? 'from -7 to 19 for zstd' : 'zstd needs Node 22.15 or later',
    ],
  ])('%j', async (options, says) => {
    await expect(createSessions({ store: 'memory', ...options })).rejects.toMatchObject({
      name: 'OptionError',
      message: expect.stringContaining(says),
    })
  })

  test.each<[string, unknown, string]>([
    ['nothing', null, 'a list of objects with name, tag, compress and decompress, but one is null'],
    ['no name', { ...brotli, name: '' }, 'the name of a compressor must be'],
    ['the name none', { ...brotli, name: 'none' }, 'not "none"'],
    ['a name that is taken', { ...brotli, name: 'gzip' }, 'there is one of that name already'],
    ['a tag that is taken', { ...brotli, tag: ':gz:' }, ':gz: is that of "gzip"'],
    ['a tag of another shape', { ...brotli, tag: 'br' }, 'a tag of 4 characters such as ":zz:"'],
    ['no compress', { ...brotli, compress: undefined }, 'a function compress(data, level)'],
    ['no decompress', { ...brotli, decompress: 1 }, 'a function decompress(data, limit)'],
    ['levels upside down', { ...brotli, levels: { min: 2, max: 1, default: 1 } }, 'min ≤ default ≤ max'],
    ['half of offThread', { ...brotli, offThread: {} }, 'offThread with compressFrom'],
    ['unavailable as a text', { ...brotli, unavailable: 'yes' }, 'a function as unavailable'],
  ])('a library of a user with %s', async (_, own, says) => {
    const compressors = [own as Compressor]
    await expect(createSessions({ store: 'memory' }, { compressors })).rejects.toThrow(says)
  })

  test('two libraries of a user with one tag', async () => {
    const compressors = [brotli, { ...brotli, name: 'other' }]
    await expect(createSessions({ store: 'memory' }, { compressors })).rejects.toThrow('that of "brotli"')
  })
})

test('data that begins like a tag survives a gzip that throws', async () => {
  const { pack, unpack } = await import('../../src/codec/payload.ts')
  const { compress } = gzip
  const errors: unknown[] = []
  try {
    gzip.compress = () => {
      throw new Error('no memory')
    }
    for (const compressor of [undefined, ...COMPRESSORS]) {
      const data = Buffer.from(':gz:not compressed')
      const failed = (error: unknown) => void errors.push(error)
      const packed = pack(data, { compressor, level: null, threshold: 0, failed })
      expect(unpack(packed, 0).equals(data)).toBe(true)
    }
  } finally {
    gzip.compress = compress
  }
  expect(errors).toHaveLength(COMPRESSORS.length + 1)
})
