// What one setting of the compression stored, each other one reads.
import { describe, expect, test } from '@jest/globals'
import { createSessions, type OptionsInput, type Sessions } from '../../src/index.ts'
import { MemoryStore } from '../../src/memory/memory-store.ts'
import { ownRedis } from '../support/own-redis.ts'
import { CART, dataOf, LARGE, stored } from './sessions.ts'
import { brotli, USABLE, USABLE_NAMES } from './support.ts'

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
  const redis = ownRedis()

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
