// Which compression can be chosen, and which library can be brought along.
import { describe, expect, test } from '@jest/globals'
import { type Compressor, createSessions, type OptionsInput } from '../../src/index.ts'
import { brotli, USABLE_NAMES } from './support.ts'

describe('what cannot be chosen is an error at start that says what can', () => {
  test.each<[OptionsInput, string]>([
    [
      { compression: 'zip' },
      'compression: expected one of "gzip", "lzf", "lz4", "snappy", "zstd", "none", got compression zip (the code)',
    ],
    [{ compression: '__proto__' }, 'compression: expected one of'],
    [
      { compression: 'gzip', compressionLevel: 10 },
      'compressionLevel: expected a whole number from 1 to 9 for gzip, or null, got compressionLevel 10 (the code)',
    ],
    [{ compression: 'gzip', compressionLevel: 0 }, 'from 1 to 9 for gzip'],
    [
      { compression: 'lz4', compressionLevel: 1 },
      'compressionLevel: expected null for lz4, which takes no level',
    ],
    [{ compression: 'lzf', compressionLevel: 1 }, 'null for lzf'],
    [{ compression: 'snappy', compressionLevel: 1 }, 'null for snappy'],
    [{ compression: 'none', compressionLevel: 1 }, 'null for none'],
    [
      { compression: 'zstd', compressionLevel: 20 },
      USABLE_NAMES.includes('zstd') ? 'from -7 to 19 for zstd' : 'zstd needs Node 22.15 or later',
    ],
  ])('%j', async (options, says) => {
    const error = thrown(() => createSessions({ store: 'memory', ...options }))
    expect(error).toMatchObject({ name: 'OptionError', message: expect.stringContaining(says) })
  })

  test.each<[string, unknown, string]>([
    ['nothing', null, 'a list of objects with name, tag, compress and decompress, got null'],
    ['no name', { ...brotli, name: '' }, 'the name of a compressor: expected'],
    ['the name none', { ...brotli, name: 'none' }, 'not "none"'],
    ['a name that is taken', { ...brotli, name: 'gzip' }, 'there is one of that name already'],
    ['a tag that is taken', { ...brotli, tag: ':gz:' }, ':gz: is that of "gzip"'],
    ['a tag of another shape', { ...brotli, tag: 'br' }, 'a tag of 4 characters such as ":zz:"'],
    [
      'the tag of encrypted data',
      { ...brotli, tag: ':e1:' },
      'a tag of its own: :e1: is that of encrypted data',
    ],
    ['no compress', { ...brotli, compress: undefined }, 'a function compress(data, level)'],
    ['no decompress', { ...brotli, decompress: 1 }, 'a function decompress(data, limit)'],
    ['levels upside down', { ...brotli, levels: { min: 2, max: 1, default: 1 } }, 'min ≤ default ≤ max'],
    ['unavailable as a text', { ...brotli, unavailable: 'yes' }, 'a function as unavailable'],
  ])('a library of a user with %s', async (_, own, says) => {
    const compressors = [own as Compressor]
    expect(() => createSessions({ store: 'memory' }, { compressors })).toThrow(says)
  })

  test('two libraries of a user with one tag', async () => {
    const compressors = [brotli, { ...brotli, name: 'other' }]
    expect(() => createSessions({ store: 'memory' }, { compressors })).toThrow('that of "brotli"')
  })
})

function thrown(act: () => unknown): unknown {
  try {
    return act()
  } catch (error) {
    return error
  }
}
