// PHP's values as `inspect --data` shows them.
import { expect, test } from '@jest/globals'
import { decodeSession } from '../../src/php/index.ts'
import { readablePhp } from '../../src/php/readable.ts'
import { WRITTEN } from './fixtures.ts'

const shown = (text: string) => readablePhp(decodeSession(Buffer.from(text, 'latin1')).data)

test.each([
  ['a|i:1;b|s:1:"x";c|d:1.5;d|N;e|b:1;', { a: 1, b: 'x', c: 1.5, d: null, e: true }],
  ['a|i:9007199254740993;', { a: '9007199254740993n' }],
  ['a|s:2:"\xff\0";', { a: 'base64:/wA=' }],
  ['a|d:NAN;b|d:-INF;c|d:-0;', { a: 'NaN', b: '-Infinity', c: '-0' }],
  [
    'a|a:2:{s:1:"x";i:1;i:0;i:9007199254740993;}',
    {
      a: {
        $map: [
          ['x', 1],
          [0, '9007199254740993n'],
        ],
      },
    },
  ],
  [
    'a|O:9:"Shop\\Item":2:{s:6:"\0*\0qty";i:2;s:5:"parts";a:1:{i:0;i:1;}}',
    { a: { $class: 'Shop\\Item', qty: 2, parts: [1] } },
  ],
  ['a|C:6:"Legacy":3:{abc}', { a: { $class: 'Legacy', $data: 'abc' } }],
  ['a|E:11:"Status:Open";', { a: 'Status::Open' }],
  ['cart|a:1:{s:5:"items";a:0:{}}b|R:2;', { cart: { items: [] }, b: 'same as cart.items' }],
])('%j', (text, expected) => {
  expect(shown(text)).toEqual(expected)
})

test('a session that contains itself ends, and so does one that doubles with each level', () => {
  expect(shown('a|a:1:{i:0;R:1;}')).toEqual({ a: ['same as a'] })
  let text = 'v0|a:0:{}'
  for (let level = 1, number = 1; level <= 60; level += 1) {
    text += `v${level}|a:2:{i:0;R:${number};i:1;R:${number};}`
    number += 1
  }
  expect(JSON.stringify(shown(text)).length).toBeLessThan(10_000)
})

test('everything that PHP writes can be shown as JSON', () => {
  for (const { text, handler } of WRITTEN.filter(each => each.again)) {
    const { data } = decodeSession(Buffer.from(text, 'latin1'), handler)
    expect(() => JSON.stringify(readablePhp(data))).not.toThrow()
  }
})
