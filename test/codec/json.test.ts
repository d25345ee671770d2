import { describe, expect, test } from '@jest/globals'
import { deserialize, serialize } from '../../src/codec/json.ts'

const read = (text: string) => deserialize(Buffer.from(text))

/** What careless applications do with session data. */
function merge(target: Record<string, unknown>, from: Record<string, unknown>): Record<string, unknown> {
  for (const key in from) {
    const value = from[key]
    if (typeof value === 'object' && value !== null) {
      target[key] = merge((target[key] ?? {}) as Record<string, unknown>, value as Record<string, unknown>)
    } else target[key] = value
  }
  return target
}

describe('stored data cannot pollute a prototype, even where it is merged into something', () => {
  const evil = '{"polluted":true}'

  test.each([
    `{"__proto__":${evil}}`,
    `{"a":{"b":[{"__proto__":${evil}}]}}`,
    `{"constructor":{"prototype":${evil}}}`,
    `{"a":[{"constructor":{"prototype":${evil}}}]}`,
    `{"constructor":{"prototype":{"__proto__":${evil}}}}`,
    `{"__proto__" : ${evil}}`,
    `{"\\u005f\\u005fproto\\u005f\\u005f":${evil}}`,
    `{"\\u005F_proto_\\u005F":${evil}}`,
    `{"__\\u0070\\u0072\\u006f\\u0074\\u006f__":${evil}}`,
    `{"\\u0063onstructor":{"prototype":${evil}}}`,
    `{"constructor":{"\\u0070rototype":${evil}}}`,
    `{"c\\u006fnstruct\\u006Fr":{"prot\\u006Ftype":${evil}}}`,
    `{"prototype":${evil}}`,
    `{"__proto__":null,"__proto__":${evil}}`,
    `\ufeff{"__proto__":${evil}}`,
  ])('%s', text => {
    const data = read(text)
    expect(Object.getPrototypeOf(data)).toBe(Object.prototype)
    for (const merged of [merge({}, data), Object.assign({}, data), { ...data }, structuredClone(data)]) {
      expect((merged as { polluted?: boolean }).polluted).toBeUndefined()
    }
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
    expect((Object as unknown as { polluted?: boolean }).polluted).toBeUndefined()
  })

  test('and the rest of that data is kept', () => {
    expect(read(`{"cart":1,"__proto__":${evil},"user":{"constructor":{"prototype":1},"id":7}}`)).toEqual({
      cart: 1,
      user: { id: 7 },
    })
  })
})

describe('a key that only sounds dangerous is kept', () => {
  test.each([
    '{"constructor":"Bauhaus GmbH"}',
    '{"constructor":null}',
    '{"constructor":{"name":"x"}}',
    '{"constructor":["prototype"]}',
    '{"prototype":"Mark I"}',
    '{"proto":"__proto__"}',
    '{"note":"\\"__proto__\\": {}"}',
    '{"hasOwnProperty":1,"toString":2}',
  ])('%s', text => {
    expect(JSON.stringify(read(text))).toBe(text)
  })
})

test('what came from stored data can be stored again', () => {
  const data = read('{"constructor":"x","list":[1,{"a":null}]}')
  expect(read(serialize(data).toString())).toEqual(data)
})

test('undefined, as the data of a session that was cleared, is an empty object', () => {
  expect(serialize(undefined as never).toString()).toBe('{}')
})
