// PHP's text as the format of stored sessions.
import { describe, expect, test } from '@jest/globals'
import { PayloadError } from '../../src/codec/payload.ts'
import type { SerializeHandler } from '../../src/php/serialize-handlers.ts'
import { phpSerializer } from '../../src/php/serializer.ts'

const PHP = phpSerializer('php')
const decoded = (text: string) => PHP.read(Buffer.from(text))
const HANDLERS: SerializeHandler[] = ['php', 'php_serialize', 'php_binary']

describe.each(HANDLERS)('%s', handler => {
  const serializer = phpSerializer(handler)

  test('data comes back as it was', () => {
    const data = { name: 'Zoë', cart: [{ sku: 'x', qty: 2 }], bytes: Buffer.from([0xff, 0]), big: 2n ** 60n }
    const bytes = serializer.bytes(serializer.text(data))
    expect(serializer.read(bytes).data).toEqual(data)
  })

  test('the text of nothing is the empty one, and is read as nothing', () => {
    expect(serializer.text({})).toBe(serializer.empty)
    expect(serializer.read(serializer.bytes(serializer.empty)).data).toEqual({})
  })

  test.each([[[1, 2]], [null], ['text'], [1]])('%j is refused: it would not be a session', data => {
    expect(() => serializer.text(data as never)).toThrow('must be an object')
  })
})

test('the text is the one that was read, unless something changed', () => {
  const { data, source, origin } = decoded('b|d:1.0;a|a:1:{s:1:"n";S:1:"\\41";}')
  expect(PHP.text(data, origin)).toBe(source)
  ;(data.a as { n: string }).n = 'B'
  expect(PHP.text(data, origin)).toBe('b|d:1.0;a|a:1:{s:1:"n";s:1:"B";}')
  ;(data.a as { n: string }).n = 'A'
  expect(PHP.text(data, origin)).toBe(source)
})

test('values that moved into other data are written as they were read', () => {
  const { data, origin } = decoded('a|a:1:{s:1:"n";d:1.0;}b|O:1:"X":0:{}')
  expect(PHP.text({ ...data, c: 1 }, origin)).toBe('a|a:1:{s:1:"n";d:1.0;}b|O:1:"X":0:{}c|i:1;')
})

test('data that was replaced by nothing takes nothing along', () => {
  const { data, origin } = decoded('__proto__|i:1;a|i:1;')
  expect(PHP.text({ ...data }, origin)).toBe('__proto__|i:1;a|i:1;')
  expect(PHP.text({}, origin)).toBe('')
})

test('a variable that PHP would lose is refused by its name', () => {
  expect(() => PHP.text({ 'a|b': 1 })).toThrow(
    '"a|b" cannot be written for PHP (php): a name must not contain |',
  )
  expect(() => PHP.text({ 7: 1 })).toThrow('"7" cannot be written for PHP (php): a name must not be a number')
})

test('text that PHP would not accept is unreadable', () => {
  expect(() => decoded('a|i:1;x')).toThrow(PayloadError)
  expect(() => decoded('{"a":1}')).toThrow('it is JSON, as a process without the option php writes it')
})

describe('data from before a login may be read on under the old id', () => {
  test.each([
    ['a|i:1;', 'a|i:1;user|s:1:"x";', true],
    ['a|i:1;b|R:1;', 'new|i:1;a|i:1;b|R:2;', true],
    ['a|a:1:{i:0;O:1:"X":1:{s:1:"p";i:1;}}', 'a|a:1:{i:0;O:1:"X":1:{s:1:"p";i:1;}}', true],
    ['a|a:1:{i:0;O:1:"X":1:{s:1:"p";i:1;}}', 'a|a:1:{i:0;O:1:"X":1:{s:1:"p";i:2;}}', false],
    ['a|i:1;', 'a|i:2;', false],
    ['a|i:1;b|N;', 'a|i:1;', false],
    ['', 'a|i:1;', true],
  ])('%s → %s: %j', (before, after, kept) => {
    expect(PHP.keepsAll(before, after)).toBe(kept)
  })
})
