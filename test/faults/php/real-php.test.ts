// What a real PHP makes of the same session texts, and of those that Node writes.
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { PayloadError } from '../../../src/codec/payload.ts'
import { floatText } from '../../../src/php/scalars.ts'
import type { SerializeHandler } from '../../../src/php/serialize-handlers.ts'
import { readSession, writeSession } from '../../../src/php/session-text.ts'
import { type Edit, edit, editsFor } from '../../php/edits.ts'
import { WRITTEN } from '../../php/fixtures.ts'
import { ACCEPTED, REFUSED } from '../../php/malformed.ts'
import { askPhp } from '../../support/php-sessions.ts'

const HANDLERS: SerializeHandler[] = ['php', 'php_serialize', 'php_binary']
const SEED = Number(process.env.FUZZ_SEED ?? 4711)

function accepts(handler: SerializeHandler, text: string): boolean {
  try {
    readSession(handler, text)
    return true
  } catch (error) {
    if (error instanceof PayloadError) return false
    throw error
  }
}

const variable = (handler: SerializeHandler, value: string) =>
  ({ php: `x|${value}`, php_binary: `\x01x${value}`, php_serialize: `a:1:{s:1:"x";${value}}` })[handler]

describe.each(HANDLERS)('%s', handler => {
  test('what is changed by Node is what PHP writes after the same changes', () => {
    const fixtures = WRITTEN.filter(each => each.handler === handler && each.again)
    const random = fc.sample(fc.infiniteStream(fc.nat(2 ** 31 - 1)), { seed: SEED, numRuns: 1 })[0]
    const cases = fixtures.flatMap(({ name, text }) =>
      Array.from({ length: 5 }, () => {
        const read = readSession(handler, text)
        const edits: Edit[] = []
        for (let n = 0; n < 3; n += 1) {
          const [next] = editsFor(read, () => random?.next().value ?? 0)
          if (!next) break
          edit(read.data, next)
          edits.push(next)
        }
        return { name, handler, text, edits, written: writeSession(handler, read.data, read) }
      }),
    )
    const answers = askPhp(cases.map(each => ({ ...each, edits: each.edits.map(({ php }) => php) })))
    const wrong = cases.filter(({ written }, at) => answers[at]?.again !== written)
    expect(
      wrong.slice(0, 3).map(({ name, text, edits, written }) => ({ name, text, edits, written })),
    ).toEqual([])
    expect(cases.filter(({ edits }) => edits.length === 3).length).toBeGreaterThan(300)
    const reread = askPhp(cases.map(({ written }) => ({ handler, text: written })))
    expect(reread.filter(({ ok, again }, at) => !ok || again !== cases[at]?.written)).toEqual([])
  })

  test('texts at the edge are accepted or refused as by PHP', () => {
    const texts = [...ACCEPTED, ...REFUSED].map(value => variable(handler, value))
    const answers = askPhp(texts.map(text => ({ handler, text })))
    const differ = texts.filter((text, at) => accepts(handler, text) !== answers[at]?.ok)
    expect(differ.map(text => text.slice(0, 80))).toEqual([])
  })

  test('damaged texts are accepted or refused as by PHP, whatever it thinks of their classes', () => {
    const damage = fc.tuple(
      fc.nat(),
      fc.constantFrom('', '0', '1', '9', ':', ';', '"', '{', '}', '|', 'i', 'R:1;'),
      fc.nat(3),
    )
    const texts = WRITTEN.filter(each => each.handler === handler && each.text.length < 2000).map(
      ({ text }) => text,
    )
    const cases = fc
      .sample(fc.tuple(fc.constantFrom(...texts), damage), { seed: SEED, numRuns: 3000 })
      .map(([text, [place, put, cut]]) => {
        const at = place % (text.length + 1)
        return { handler, text: text.slice(0, at) + put + text.slice(at + cut) }
      })
    const answers = askPhp(cases)
    const differ = cases.filter(({ text }, at) => {
      const mine = accepts(handler, text)
      // A class may refuse what is in it, and an enum may not be known.
      return answers[at]?.ok !== mine && !(mine && /[OCE]:\d/.test(text))
    })
    expect(differ.slice(0, 5)).toEqual([])
    expect(answers.filter(({ ok }) => ok).length).toBeGreaterThan(100)
  })
})

test('floats are written with the digits of PHP', () => {
  const some = fc.sample(fc.double({ noNaN: true }), { seed: SEED, numRuns: 2000 })
  const round = [
    1e15,
    1e16,
    1e17,
    123456789012345680,
    1e-4,
    1e-5,
    -1.5e-7,
    1e22,
    0.1 + 0.2,
    19.99,
    100,
    1e100,
  ]
  const texts = [...some, ...round].map(float => `d:${floatText(float)};`)
  const answers = askPhp(texts.map(text => ({ handler: 'php', text: `x|${text}` })))
  expect(answers.map(({ again }) => again?.slice(2))).toEqual(texts)
})
