// Session texts that PHP wrote: test/fixtures/php-sessions.json.
import { describe, expect, test } from '@jest/globals'
import type { SerializeHandler } from '../../src/php/serialize-handlers.ts'
import { readSession, variablesOf, writeSession } from '../../src/php/session-text.ts'
import { copyOf } from './copy.ts'
import { type Fixture, REFUSED, WRITTEN } from './fixtures.ts'
import { Comparison } from './model.ts'

const HANDLERS: SerializeHandler[] = ['php', 'php_serialize', 'php_binary']

/** The names of the fixtures that do not pass, and why. */
function failing(handler: SerializeHandler, check: (fixture: Fixture) => boolean | undefined): string[] {
  const fixtures = WRITTEN.filter(each => each.handler === handler)
  expect(fixtures.length).toBeGreaterThan(90)
  return fixtures.flatMap(fixture => {
    try {
      return check(fixture) === false ? [fixture.name] : []
    } catch (error) {
      return [`${fixture.name}: ${error}`]
    }
  })
}

test('the fixtures are all there', () => {
  expect(WRITTEN.length + REFUSED.length).toBe(303)
})

describe.each(HANDLERS)('every session that PHP wrote with %s', handler => {
  test('is read as PHP reads it', () => {
    const check = ({ text, value }: Fixture) => {
      new Comparison().variables(variablesOf(readSession(handler, text)), value)
      return true
    }
    expect(failing(handler, check)).toEqual([])
  })

  test('is written byte for byte as it was', () => {
    const check = ({ text }: Fixture) => {
      const read = readSession(handler, text)
      return writeSession(handler, read.data, read) === text
    }
    expect(failing(handler, check)).toEqual([])
  })

  test('is as it was before a variable that is added', () => {
    const added = { php: 'new|', php_serialize: 's:3:"new";', php_binary: '\x03new' }[handler]
    const check = ({ text }: Fixture) => {
      const read = readSession(handler, text)
      read.data.new = 'x'
      const written = writeSession(handler, read.data, read)
      if (handler !== 'php_serialize') return written === `${text}${added}s:1:"x";`
      const [head = '', count] = /^a:(\d+):\{/.exec(text) ?? []
      const rest = text.slice(head.length, -1)
      return written === `a:${Number(count) + 1}:{${rest}${added}s:1:"x";}`
    }
    expect(failing(handler, check)).toEqual([])
  })

  // A variable of two names would be two arrays then.
  test('is written as PHP writes it from a deep copy of its data, where no array has two names', () => {
    let copied = 0
    const check = ({ text }: Fixture) => {
      if (text.includes('R:')) return undefined
      copied += 1
      const read = readSession(handler, text)
      return writeSession(handler, copyOf(read.data) as Record<string, unknown>, read) === text
    }
    expect(failing(handler, check)).toEqual([])
    expect(copied).toBeGreaterThan(50)
  })
})
