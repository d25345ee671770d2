// What one setting of the compression stored, each other one reads.
import { describe, expect, test } from '@jest/globals'
import { createSessions, type OptionsInput, type Sessions } from '../../../src/index.ts'
import { CART, dataOf, LARGE, stored } from '../../codec/sessions.ts'
import { brotli, USABLE, USABLE_NAMES } from '../../codec/support.ts'
import { ownRedis } from '../../support/own-redis.ts'

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

  test('in Redis', async () => {
    const options = (way: OptionsInput) => ({ ...way, redis: { url: redis.url } })
    const shops = WAYS.map(way => createSessions(options(way), { compressors: [brotli] }))
    const small: string[] = []
    const large: string[] = []
    // One after the other: all compressing at once would keep Redis' replies waiting for longer than commandTimeout.
    for (const shop of shops) {
      small.push(await stored(shop, CART))
      large.push(await stored(shop, LARGE))
    }
    for (const shop of shops) {
      for (const id of small) expect(await dataOf(shop, id)).toEqual(CART)
    }
    for (const id of large) expect(await dataOf(shops[0] as Sessions, id)).toEqual(LARGE)
    const [first] = shops
    const used = await Promise.all(small.map(async id => (await first?.inspect(id))?.compression))
    expect(new Set(used)).toEqual(new Set([...USABLE_NAMES, 'brotli']))
    await Promise.all(shops.map(shop => shop.close()))
  })
})
