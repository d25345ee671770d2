import { describe, expect, test } from '@jest/globals'
import { PhpFloat } from '../../src/php/values.ts'
import { fixture } from './fixtures.ts'
import { changed, write } from './support.ts'

describe('one change leaves everything else as it was', () => {
  test('in a nested array', () => {
    const before = 'a|a:2:{s:1:"x";d:0.10000000000000001;s:1:"y";a:1:{i:0;i:1;}}S|S:1:"\\41";'
    const after = 'a|a:2:{s:1:"x";d:0.10000000000000001;s:1:"y";a:2:{i:0;i:1;i:1;i:2;}}S|S:1:"\\41";'
    expect(changed(before, data => data.a.y.push(2))).toBe(after)
    expect(
      changed(before, data => {
        data.a = { ...data.a, y: [1, 2] }
      }),
    ).toBe(after)
  })

  test('for a variable that is removed, and one that comes back', () => {
    expect(changed('a|i:1;b|i:2;c|i:3;', data => delete data.b)).toBe('a|i:1;c|i:3;')
    expect(changed('a|i:1;b|i:2;', data => [delete data.a, delete data.b])).toBe('')
    expect(changed('a|i:1;', data => [delete data.a, Object.assign(data, { a: 1 })])).toBe('a|i:1;')
  })

  test('a text that PHP would write otherwise stays as it is until it changes', () => {
    for (const text of [
      'x|i:007;',
      'x|a:2:{i:0;i:1;i:0;i:2;}y|R:1;',
      'x|i:1;x|i:2;',
      'x|a:01:{i:0;O:8:"stdClass":0:{}}',
    ]) {
      expect(changed(text, () => {})).toBe(text)
    }
    expect(
      changed('x|a:2:{i:0;i:1;i:0;i:2;}y|i:1;', data => {
        data.x[0] = 3
      }),
    ).toBe('x|a:1:{i:0;i:3;}y|i:1;')
    expect(
      changed(
        'a:1:{s:1:"x";i:1;}junk',
        data => {
          data.x = 2
        },
        'php_serialize',
      ),
    ).toBe('a:1:{s:1:"x";i:2;}junk')
  })

  test('the bytes of a Buffer that are changed in place are written', () => {
    expect(changed('x|s:2:"\xf0\x9f";', data => data.x.fill(0x80))).toBe('x|s:2:"\x80\x80";')
  })

  test('the items of a list that moves keep their text', () => {
    const item = (sku: string) => `a:2:{s:3:"sku";s:1:"${sku}";s:5:"price";d:1;}`
    const before = `x|a:3:{i:0;${item('a')}i:1;${item('b')}i:2;${item('c')}}`
    expect(changed(before, data => data.x.shift())).toBe(`x|a:2:{i:0;${item('b')}i:1;${item('c')}}`)
  })
})

describe('numbers', () => {
  test('a place that held a float keeps holding one', () => {
    expect(changed('x|d:1;y|i:1;', data => Object.assign(data, { x: 2, y: 2 }))).toBe('x|d:2;y|i:2;')
    expect(
      changed('x|d:1;', data => {
        data.x = 5n
      }),
    ).toBe('x|i:5;')
  })

  test('elsewhere whole numbers are integers, unless they are said to be floats', () => {
    expect(write({ a: 1, b: 1.5, c: new PhpFloat(1), d: -0, e: 2 ** 53, f: Number.NaN })).toBe(
      'a|i:1;b|d:1.5;c|d:1;d|d:-0;e|d:9007199254740992;f|d:NAN;',
    )
    expect(write({ a: 2n ** 63n - 1n })).toBe('a|i:9223372036854775807;')
    expect(() => write({ cart: { n: 2n ** 63n } })).toThrow(
      /^cart\.n cannot be written for PHP: 9223372036854775808 /,
    )
  })
})

describe('references', () => {
  const shared = fixture('php', 'ref-shared-array').text

  test('a change through one name is seen through the other', () => {
    expect(
      changed(shared, ({ y }) => {
        y.n = 1
      }),
    ).toBe('x|a:1:{s:1:"n";i:1;}y|R:1;z|i:1;')
  })

  test('the value moves to the name that is left', () => {
    expect(changed(shared, data => delete data.x)).toBe('y|a:1:{s:1:"n";i:72;}z|i:1;')
    expect(
      changed(shared, data => {
        data.x = [5]
      }),
    ).toBe('x|a:1:{i:0;i:5;}y|a:1:{s:1:"n";i:72;}z|i:1;')
    expect(
      changed('a|i:1;b|R:1;c|R:1;', data => {
        data.a = 2
      }),
    ).toBe('a|i:2;b|i:1;c|R:2;')
  })

  test('a new name for a shared array is a reference as well', () => {
    expect(
      changed(shared, data => {
        data.w = [data.y]
      }),
    ).toBe(`${shared}w|a:1:{i:0;R:1;}`)
  })

  test('a change is written where the first name of the array was overwritten', () => {
    const text = 'x|a:1:{i:0;i:1;}x|i:2;y|R:1;'
    expect(changed(text, data => data.y.push(2))).toBe('x|i:2;y|a:2:{i:0;i:1;i:1;i:2;}')
  })

  test('an array that is put into two places by Node is two arrays', () => {
    expect(
      changed('x|a:1:{i:0;i:1;}', data => {
        data.y = data.x
      }),
    ).toBe('x|a:1:{i:0;i:1;}y|a:1:{i:0;i:1;}')
  })

  test('numbers follow what is added or removed before their target', () => {
    const text = 'm|i:1;a|a:1:{i:0;O:8:"stdClass":1:{s:1:"v";i:4;}}b|R:2;c|a:1:{i:0;r:3;}d|R:4;'
    expect(changed(text, data => delete data.m)).toBe(
      'a|a:1:{i:0;O:8:"stdClass":1:{s:1:"v";i:4;}}b|R:1;c|a:1:{i:0;r:2;}d|R:3;',
    )
    expect(
      changed(text, data => {
        data.m = [1, [2]]
      }),
    ).toBe(
      'm|a:2:{i:0;i:1;i:1;a:1:{i:0;i:2;}}a|a:1:{i:0;O:8:"stdClass":1:{s:1:"v";i:4;}}b|R:5;c|a:1:{i:0;r:6;}d|R:7;',
    )
    expect(changed(text, data => delete data.a)).toBe(
      'm|i:1;b|a:1:{i:0;O:8:"stdClass":1:{s:1:"v";i:4;}}c|a:1:{i:0;r:3;}d|R:4;',
    )
  })

  test('an object in two places is one object of PHP', () => {
    const text = 'a|O:8:"stdClass":0:{}'
    expect(
      changed(text, data => {
        data.b = [data.a, 'x']
      }),
    ).toBe(`${text}b|a:2:{i:0;r:1;i:1;s:1:"x";}`)
    expect(changed(`x|i:1;${text}`, data => [Object.assign(data, { b: data.a }), delete data.a])).toBe(
      'x|i:1;b|O:8:"stdClass":0:{}',
    )
  })

  test('an array in an object can be changed', () => {
    const text = 'o|O:8:"stdClass":2:{s:1:"a";a:1:{i:0;i:1;}s:1:"b";i:2;}'
    expect(changed(text, ({ o }) => o.get('a').push(2))).toBe(
      'o|O:8:"stdClass":2:{s:1:"a";a:2:{i:0;i:1;i:1;i:2;}s:1:"b";i:2;}',
    )
  })
})
