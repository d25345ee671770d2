import { describe, expect, test } from '@jest/globals'
import { decodeSession, encodeSession } from '../../src/php/index.ts'
import type { SerializeHandler } from '../../src/php/serialize-handlers.ts'
import { readSession, variablesOf } from '../../src/php/session-text.ts'
import { PhpEnum, PhpObject, PhpSerialized } from '../../src/php/values.ts'
import { fixture } from './fixtures.ts'
import { type Any, changed, read, write } from './support.ts'

describe('what PHP stores is in JavaScript', () => {
  test('a list where the keys are 0 … n−1 in order', () => {
    expect(read('x|a:2:{i:0;s:1:"a";i:1;N;}')).toEqual({ x: ['a', null] })
    expect(read('x|a:0:{}')).toEqual({ x: [] })
  })

  test('an object where it keeps the keys and their order, and a Map elsewhere', () => {
    expect(read('x|a:2:{i:5;i:1;s:1:"a";i:2;}').x).toEqual({ 5: 1, a: 2 })
    expect(read('x|a:2:{s:1:"a";i:1;i:5;i:2;}').x).toEqual(new Map<Any, Any>([['a', 1], [5, 2]])) // biome-ignore format: pairs
    expect(read('x|a:2:{i:2;i:1;i:1;i:2;}').x).toEqual(new Map([[2, 1], [1, 2]])) // biome-ignore format: pairs
    const big = read('x|a:2:{s:1:"\xff";i:1;i:-9223372036854775808;i:2;}').x
    expect([...big]).toEqual([[Buffer.from([255]), 1], [-9223372036854775808n, 2]]) // biome-ignore format: pairs
  })

  test('a BigInt beyond 2^53 − 1, and a Buffer where bytes are not UTF-8', () => {
    expect(read('a|i:9007199254740991;b|i:9007199254740992;c|s:2:"\xf0\x9f";')).toEqual({
      a: 9007199254740991,
      b: 9007199254740992n,
      c: Buffer.from([0xf0, 0x9f]),
    })
  })

  test('an object that can be read and not changed', () => {
    const { i, b } = read(fixture('php', 'obj-visibility').text)
    expect(i).toBeInstanceOf(PhpObject)
    expect(i.className).toBe('Shop\\Item')
    expect([i.get('sku'), i.get('qty'), i.get('price'), i.get('nothing')]).toEqual([
      'visitor_data',
      9,
      9.99,
      undefined,
    ])
    expect([b.get('price', 'Shop\\Item'), b.get('price', 'Shop\\Bundle')]).toEqual([1.5, 9])
    expect(() => Object.assign(i, { className: 'Other' })).toThrow(TypeError)
    expect(() => Object.assign(i.properties[0], { value: 1 })).toThrow(TypeError)
    expect(read(fixture('php', 'enums').text).e).toEqual(new PhpEnum('Shop\\Status', 'Paid'))
    expect(read(fixture('php', 'obj-serializable').text).c).toEqual(
      new PhpSerialized('Legacy', 'raw {data} stores qty'),
    )
  })

  test('the same array or object wherever PHP refers to it', () => {
    const { x, y } = read(fixture('php', 'ref-shared-array').text)
    expect(y).toBe(x)
    const { loop } = read(fixture('php', 'ref-self-array').text)
    expect(loop.self).toBe(loop)
    const { n, again } = read(fixture('php', 'obj-self').text)
    expect([n.get('next'), again]).toEqual([n, n])
  })
})

describe('values of JavaScript', () => {
  test('are written as JSON has them: dates as texts, and what has no text is left out', () => {
    const data = {
      at: new Date(0),
      no: undefined,
      call: () => 1,
      list: [undefined, 1],
      own: { toJSON: () => [true] },
    }
    expect(write(data)).toBe('at|s:24:"1970-01-01T00:00:00.000Z";list|a:2:{i:0;N;i:1;i:1;}own|a:1:{i:0;b:1;}')
  })

  test('lists keep their holes and names, as in PHP', () => {
    const list: Any = [1, 2, 3]
    delete list[1]
    list.sku = 'x'
    expect(write({ list })).toBe('list|a:3:{i:0;i:1;i:2;i:3;s:3:"sku";s:1:"x";}')
    expect(
      changed('x|a:0:{}', data => {
        data.x.sku = 1
      }),
    ).toBe('x|a:1:{s:3:"sku";i:1;}')
  })

  test('keys that spell an integer are integers, as in PHP', () => {
    expect(write({ x: { 5: 1, '08': 2, '-3': 3 } })).toBe('x|a:3:{i:5;i:1;s:2:"08";i:2;i:-3;i:3;}')
    expect(
      write({
        x: new Map<Any, Any>([
          ['b', 1],
          [7, 2],
          [2n ** 60n, 3],
          [Buffer.from([255]), 4],
        ]),
      }),
    ).toBe(
      // biome-ignore format: pairs
      'x|a:4:{s:1:"b";i:1;i:7;i:2;i:1152921504606846976;i:3;s:1:"\xff";i:4;}',
    )
  })

  test.each<[string, Any, RegExp]>([
    [
      'an array that contains itself',
      () => {
        const a: Any[] = []
        a.push([a])
        return { a }
      },
      /^a\.0\.0 .* contains itself/,
    ],
    ['a Set', () => ({ a: { b: new Set() } }), /^a\.b .*Set/],
    [
      'an object of another session',
      () => ({ a: read('o|O:8:"stdClass":0:{}').o }),
      /^a .*not read from this session/,
    ],
    [
      'more levels than PHP reads',
      () => {
        let a: Any = []
        for (let n = 0; n < 4097; n += 1) a = [a]
        return { a }
      },
      /4096 levels/,
    ],
  ])('%s is refused by name', (_, make, message) => {
    // biome-ignore format: one line each
    expect(() => write(make())).toThrow(message)
  })

  test('as many levels as PHP reads are written, new and moved', () => {
    const nest = (levels: number) => `${'a:1:{i:0;'.repeat(levels)}i:1;${'}'.repeat(levels)}`
    const text = `x|${nest(4095)}`
    expect(
      changed(text, data => {
        data.x = [data.x]
      }),
    ).toBe(`x|${nest(4096)}`)
    expect(() =>
      changed(text, data => {
        data.x = [[data.x]]
      }),
    ).toThrow(/4096 levels/)
    const serialized = `a:1:{s:1:"x";${nest(4095)}}`
    expect(() =>
      changed(
        serialized,
        data => {
          data.x = [data.x]
        },
        'php_serialize',
      ),
    ).toThrow(/4096 levels/)
  })
})

describe('names of variables', () => {
  test.each<[SerializeHandler, string, RegExp]>([
    ['php', 'a|b', /^"a\|b" cannot be written for PHP \(php\): .* \|$/],
    ['php', '5', /^"5" .* must not be a number/],
    ['php_binary', '-7', /^"-7" .* must not be a number/],
    ['php_binary', 'é'.repeat(64), /must not be longer than 127 bytes/],
  ])('%s refuses %s, which PHP would drop or choke on', (handler, name, message) => {
    expect(() => write({ [name]: 1 }, handler)).toThrow(message)
  })

  test('are whatever else they like', () => {
    expect(write({ '': 1, '!x': 2, '08': 3, é: 4 })).toBe('|i:1;!x|i:2;08|i:3;\xc3\xa9|i:4;')
    expect(write({ 5: 1, 'a|b': 2 }, 'php_serialize')).toBe('a:2:{i:5;i:1;s:3:"a|b";i:2;}')
    expect(write({ ['k'.repeat(127)]: 1 }, 'php_binary')).toBe(`\x7f${'k'.repeat(127)}i:1;`)
  })

  test('that cannot be properties are carried along', () => {
    const text = 'a|i:1;\xff|i:2;__proto__|a:1:{s:8:"polluted";b:1;}b|i:3;'
    expect(
      changed(text, data => {
        data.a = 4
      }),
    ).toBe(text.replace('a|i:1;', 'a|i:4;'))
    expect([...variablesOf(readSession('php', text)).keys()]).toEqual([
      'a',
      Buffer.from([255]),
      '__proto__',
      'b',
    ])
  })
})

test('an empty session has no text, and an empty array in php_serialize', () => {
  for (const handler of ['php', 'php_serialize', 'php_binary'] as const) {
    expect(read('', handler)).toEqual({})
    expect(changed('', () => {}, handler)).toBe('')
  }
  expect([write({}), write({}, 'php_binary'), write({}, 'php_serialize')]).toEqual(['', '', 'a:0:{}'])
  expect(read('N;', 'php_serialize')).toEqual({})
})

test('the entry decodes and encodes bytes, in the serializer that PHP has by default', () => {
  const session = decodeSession(Buffer.from('n|i:1;name|s:4:"Zoë";'))
  session.data.n = 2
  expect(session.encode().toString()).toBe('n|i:2;name|s:4:"Zoë";')
  expect(session.encode({ n: 3 }).toString()).toBe('n|i:3;')
  expect(encodeSession({ n: 1 }, 'php_serialize').toString()).toBe('a:1:{s:1:"n";i:1;}')
})
