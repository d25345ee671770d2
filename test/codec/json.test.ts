import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parse } from 'secure-json-parse'
import { JSON_TEXT } from '../../src/codec/json.ts'
import { PayloadError } from '../../src/codec/payload.ts'
import { ALL_CASES } from '../support/all-cases.ts'
import { merge } from '../support/careless-merge.ts'

const decoded = (text: string) => JSON_TEXT.read(Buffer.from(text))
const read = (text: string) => decoded(text).data

/** Of the random test. */
const RUNS = ALL_CASES ? 10_000 : 1000

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

describe('texts that are parsed the quick way and those that are parsed with care', () => {
  const careful = (json: string) => parse(json, null, { protoAction: 'remove', constructorAction: 'remove' })
  /** Any letter of a text may be written as an escape, in either case. */
  const spelled = (text: string) =>
    fc
      .array(fc.constantFrom('plain', 'low', 'high'), { minLength: text.length, maxLength: text.length })
      .map(ways => {
        const letters = [...text].map((letter, at) => {
          const hex = (letter.codePointAt(0) ?? 0).toString(16).padStart(4, '0')
          if (ways[at] === 'low') return `\\u${hex}`
          return ways[at] === 'high' ? `\\u${hex.toUpperCase()}` : JSON.stringify(letter).slice(1, -1)
        })
        return `"${letters.join('')}"`
      })
  const dangerous = fc.constantFrom('__proto__', 'constructor', 'prototype')
  const key = fc.oneof(
    dangerous.chain(spelled),
    dangerous.map(text => JSON.stringify(text)),
    fc.string({ unit: 'grapheme', maxLength: 8 }).map(text => JSON.stringify(text)),
    fc.constantFrom('"_proto_"', '"__proto__ "', '"\\\\u005f_proto__"', '"\\"__proto__\\":"', '"__PROTO__"'),
  )
  const space = fc.constantFrom('', '', ' ', '\n\t')
  const { json } = fc.letrec<{ json: string; object: string; list: string; leaf: string }>(tie => ({
    leaf: fc.oneof(key, fc.constantFrom('1', 'null', 'true', '-0.5e3')),
    list: fc.array(tie('json'), { maxLength: 3 }).map(all => `[${all.join(',')}]`),
    object: fc
      .array(fc.tuple(key, space, space, tie('json')), { maxLength: 4 })
      .map(all => `{${all.map(([name, a, b, value]) => `${name}${a}:${b}${value}`).join(',')}}`),
    json: fc.oneof({ depthSize: 'medium' }, tie('leaf'), tie('object'), tie('object'), tie('list')),
  }))

  const refusesToRead = (text: string) => {
    try {
      read(text)
      return false
    } catch (error) {
      return error instanceof PayloadError
    }
  }

  test('give the same data, and what one refuses the other refuses', () => {
    const damage = fc.option(fc.tuple(fc.nat(), fc.constantFrom('', '\\', '"', '{', 'u')), { freq: 4 })
    let removed = 0
    fc.assert(
      fc.property(json, fc.boolean(), damage, (value, marked, damaged) => {
        let text = `${marked ? '\ufeff' : ''}{"in":${value}}`
        if (damaged) {
          const at = damaged[0] % text.length
          text = text.slice(0, at) + damaged[1] + text.slice(at + 1)
        }
        // The damage may have split a pair of surrogates.
        text = Buffer.from(text).toString()
        let expected: unknown
        let refused = false
        try {
          expected = careful(text)
          refused = typeof expected !== 'object' || expected === null || Array.isArray(expected)
        } catch {
          refused = true
        }
        if (refused) return refusesToRead(text)
        if (JSON.stringify(expected) !== JSON.stringify(JSON.parse(text.replace('\ufeff', '')))) removed += 1
        // Unlike toEqual, it compares prototypes and own keys.
        return isDeepStrictEqual(read(text), expected)
      }),
      { numRuns: RUNS },
    )
    // It would prove nothing if hardly any text had something to remove.
    expect(removed).toBeGreaterThan(RUNS / 20)
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
  expect(read(JSON_TEXT.text(data))).toEqual(data)
})

describe('the text of data', () => {
  test('is the one that it was read from, unless something changed', () => {
    const { data, source } = decoded('{"cart":[1,2],"name":"Zo\u00eb"}')
    expect(JSON_TEXT.text(data)).toBe(source)
    ;(data.cart as number[]).push(3)
    expect(JSON_TEXT.text(data)).not.toBe(source)
    data.cart = [1, 2]
    expect(JSON_TEXT.text(data)).toBe(source)
  })

  test('of which a key was removed, or that is spelled otherwise, counts as changed', () => {
    for (const text of ['{"__proto__":{},"a":1}', '{ "a": 1 }', '{"a":"\\/"}', '{"a":1,"a":1}']) {
      const { data, source } = decoded(text)
      expect(JSON_TEXT.text(data)).not.toBe(source)
    }
  })
})

test('undefined, as the data of a session that was cleared, is an empty object', () => {
  expect(JSON_TEXT.text(undefined as never)).toBe('{}')
})
