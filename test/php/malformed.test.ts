import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { PayloadError } from '../../src/codec/payload.ts'
import type { SerializeHandler } from '../../src/php/serialize-handlers.ts'
import { readSession, writeSession } from '../../src/php/session-text.ts'
import { ALL_CASES } from '../support/all-cases.ts'
import { merge } from '../support/careless-merge.ts'
import { WRITTEN } from './fixtures.ts'
import { ACCEPTED, REFUSED } from './malformed.ts'

const HANDLERS: SerializeHandler[] = ['php', 'php_serialize', 'php_binary']
/** fast-check prints the seed of a run that fails; FUZZ_SEED repeats it. */
const SEED = process.env.FUZZ_SEED === undefined ? {} : { seed: Number(process.env.FUZZ_SEED) }
/** So many texts of PHP have each of their lengths changed. */
const TEXTS = ALL_CASES ? 60 : 10
const RUNS = Number(process.env.FUZZ_RUNS ?? (ALL_CASES ? 1000 : 500))

const inVariable = (handler: SerializeHandler, value: string) =>
  ({ php: `x|${value}`, php_binary: `\x01x${value}`, php_serialize: `a:1:{s:1:"x";${value}}` })[handler]

/** What reading it comes to. Fails where it ends in anything but data or a PayloadError. */
function outcome(handler: SerializeHandler, text: string): 'read' | 'refused' {
  try {
    const session = readSession(handler, text)
    if (writeSession(handler, session.data, session) !== text) throw new Error('the text is another one')
    return 'read'
  } catch (error) {
    if (error instanceof PayloadError) return 'refused'
    throw error
  }
}

describe.each(HANDLERS)('%s', handler => {
  // For php_serialize the session itself is the first value, and the first level.
  const isRootCounted = handler === 'php_serialize'
  const accepted = ACCEPTED.filter(text => !isRootCounted || (text.length < 10_000 && !text.includes('r:1;')))
  const refused = REFUSED.filter(text => !isRootCounted || text !== 'R:1;')

  test('reads what PHP accepts, and writes it as it was', () => {
    expect(accepted.filter(text => outcome(handler, inVariable(handler, text)) !== 'read')).toEqual([])
  })

  test('refuses what PHP refuses', () => {
    const texts = refused.map(text => inVariable(handler, text))
    expect(texts.filter(text => outcome(handler, text) !== 'refused')).toEqual([])
  })

  test('refuses each text of PHP that is cut, unless it is cut between two variables', () => {
    const texts = WRITTEN.filter(each => each.handler === handler && each.text.length < 1000).slice(0, 12)
    for (const { text } of texts) {
      const whole = new Set([0, ...boundaries(handler, text)])
      for (let at = 0; at < text.length; at += 1) {
        const result = outcome(handler, text.slice(0, at))
        if (result !== (whole.has(at) ? 'read' : 'refused'))
          throw new Error(`${result}: ${text.slice(0, at)}`)
      }
    }
    expect(texts.length).toBe(12)
  })

  test('refuses each length and count that lies', () => {
    const texts = WRITTEN.filter(each => each.handler === handler && each.text.length < 5000)
    let lies = 0
    for (const { text } of texts.slice(0, TEXTS)) {
      for (const { index, 0: found, 1: type, 2: number } of text.matchAll(/\b([saO]):(\d+):/g)) {
        for (const lie of [Number(number) + 1, Number(number) + 1000, 2_000_000_000, 10 ** 30]) {
          const lying = `${text.slice(0, index)}${type}:${BigInt(lie)}:${text.slice(index + found.length)}`
          // In a string it is an ordinary text.
          if (outcome(handler, lying) === 'refused') lies += 1
        }
      }
    }
    expect(lies).toBeGreaterThan(TEXTS * 8)
  })

  if (ALL_CASES) {
    test('takes a time in proportion to the text, whatever is in it', () => {
      const n = 50_000
      const long = [
        inVariable(handler, `i:${'9'.repeat(n)};`),
        inVariable(handler, `d:${'1'.repeat(n)};`),
        inVariable(handler, `d:${'1'.repeat(n)}`),
        inVariable(handler, `a:${'9'.repeat(n)}:{}`),
        inVariable(handler, `S:${n}:"${'\\41'.repeat(n)}";`),
        inVariable(
          handler,
          `a:2:{i:0;i:1;i:1;a:${n}:{${Array.from({ length: n }, (_, at) => `i:${at};R:2;`).join('')}}}`,
        ),
        inVariable(handler, `a:${n}:{${'i:0;i:1;'.repeat(n)}}`),
        '|'.repeat(n),
        'a'.repeat(n),
        '\0'.repeat(n),
      ]
      // Quadratic, any of them would take minutes.
      expect(long.map(text => outcome(handler, text))).toEqual(expect.arrayContaining(['read', 'refused']))
    })
  }

  test(`answers ${RUNS} damaged texts with data or a PayloadError`, () => {
    const texts = WRITTEN.filter(each => each.handler === handler && each.text.length < 3000).map(
      ({ text }) => text,
    )
    const piece = fc.oneof(
      fc.constantFrom(
        'R:1;',
        'r:1;',
        'R:999;',
        'a:2000000000:{',
        'O:',
        '}',
        '|',
        '"',
        ';',
        '-',
        '9',
        '__proto__',
      ),
      fc.uint8Array({ maxLength: 3 }).map(bytes => Buffer.from(bytes).toString('latin1')),
    )
    const seen = { read: 0, refused: 0 }
    fc.assert(
      fc.property(
        fc.constantFrom(...texts),
        fc.array(fc.tuple(fc.nat(), piece, fc.nat(4)), { minLength: 1, maxLength: 3 }),
        (text, damages) => {
          const damaged = damages.reduce((before, [place, put, cut]) => {
            const at = place % (before.length + 1)
            return before.slice(0, at) + put + before.slice(at + cut)
          }, text)
          seen[outcome(handler, damaged)] += 1
        },
      ),
      { numRuns: RUNS, ...SEED },
    )
    expect(seen.refused).toBeGreaterThan(RUNS / 4)
    expect(seen.read).toBeGreaterThan(ALL_CASES ? 10 : 0)
  })
})

/** Where a cut text is a session that is complete. */
function boundaries(handler: SerializeHandler, text: string): number[] {
  if (handler === 'php_serialize') return []
  return readSession(handler, text).root.entries.map(({ node }) => node.end)
}

describe('no key reaches a prototype', () => {
  const polluted = () => ({}) as { polluted?: unknown }
  const evil = 'a:1:{s:8:"polluted";b:1;}'

  test.each([
    `__proto__|${evil}`,
    `a|a:1:{s:9:"__proto__";${evil}}`,
    `constructor|a:1:{s:9:"prototype";${evil}}`,
    `a|a:1:{s:11:"constructor";a:1:{s:9:"prototype";${evil}}}`,
    `a|O:8:"stdClass":1:{s:9:"__proto__";${evil}}`,
    `a|a:2:{S:9:"__pr\\6fto__";${evil}s:1:"x";i:1;}`,
  ])('%s', text => {
    const session = readSession('php', text)
    const { data } = session
    expect(Object.getPrototypeOf(data)).toBe(Object.prototype)
    for (const merged of [merge({}, data), Object.assign({}, data), { ...data }, structuredClone(data)]) {
      expect((merged as { polluted?: unknown }).polluted).toBeUndefined()
      expect((merged as { a?: { polluted?: unknown } }).a?.polluted).toBeUndefined()
    }
    expect(polluted().polluted).toBeUndefined()
    expect((Object as unknown as { polluted?: unknown }).polluted).toBeUndefined()
    expect(writeSession('php', { ...data, more: 1 }, session)).toContain('polluted')
  })
})

describe('a text of another kind is named', () => {
  const of =
    (text: string, handler: SerializeHandler = 'php') =>
    () =>
      readSession(handler, text)

  test('igbinary, with what to set in PHP', () => {
    expect(of('\0\0\0\x02\x14\x01\x11\x01x\x06\x01')).toThrow(
      'the payload is not a PHP session: it is igbinary, which cannot be read here: set session.serialize_handler = php in PHP',
    )
  })

  test('JSON of Node', () => {
    expect(of('{"cart":[1]}')).toThrow(/it is JSON/)
    expect(of('{"cart":[1]}', 'php_serialize')).toThrow(/it is JSON/)
  })

  test('another serializer of PHP', () => {
    expect(of('a:1:{s:1:"x";i:1;}')).toThrow(/looks like php_serialize, and php is expected/)
    expect(of('x|i:1;', 'php_serialize')).toThrow(/looks like php, and php_serialize is expected/)
    expect(of('\x01xi:1;', 'php_serialize')).toThrow(/looks like php_binary, and php_serialize is expected/)
  })

  test('and otherwise the place', () => {
    expect(of('x|i:1;y|q')).toThrow('the payload is not a PHP session: expected a value at byte 8')
  })
})
