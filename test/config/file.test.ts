import { dirname } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { loadOptions } from '../../src/config/load.ts'
import { file, refusal } from './support.ts'

describe('a file that holds no options is refused with the reason', () => {
  test.each<[string, string]>([
    ['', 'got an empty file'],
    [' \n', 'got an empty file'],
    ['[]', 'got an empty list'],
    ['null', 'got null'],
    ['"x"', 'got a string'],
    ['{"lease": 1,}', 'got text that is not JSON at line 1, column 13: Expected double-quoted property name'],
    ['{\n  "lease": one\n}', 'got text that is not JSON at line 2, column 12: Unexpected character'],
    ['// why\n{}', 'got text that is not JSON at line 1, column 1: Unexpected character'],
    ['{\n  "lease":', 'got text that is not JSON at line 2, column 11: Unexpected end of JSON input'],
  ])('%j', async (content, reason) => {
    const path = file(content)
    const error = await refusal(path)
    expect(error.message).toBe(`"${path}": expected a JSON object, ${reason}`)
    expect(error.option).toBeNull()
  })

  test('one that is missing', async () => {
    const { message } = await refusal('/nowhere/config.json')
    expect(message).toBe('"/nowhere/config.json" cannot be read: ENOENT: no such file or directory')
  })

  test('one that is a folder', async () => {
    expect((await refusal(dirname(file({})))).message).toContain('EISDIR')
  })
})

test('a file may begin with a byte order mark and name its schema', async () => {
  const options = await loadOptions(file('\uFEFF{"$schema": "./config.schema.json", "lease": 5}'), {})
  expect(options).toMatchObject({ lease: 5 })
  expect(options).not.toHaveProperty('$schema')
})

test('names that every object has are unknown and pollute nothing', async () => {
  const path = file(
    '{"__proto__": {"locking": false}, "constructor": {"prototype": {"x": 1}}, "redis": {"__proto__": 1}}',
  )
  expect((await refusal(path)).message.split('\n')).toEqual([
    `__proto__ is not an option (in ${path})`,
    `constructor is not an option (in ${path})`,
    `redis.__proto__ is not an option (in ${path})`,
  ])
  expect(({} as Record<string, unknown>).locking).toBeUndefined()
  expect(({} as Record<string, unknown>).x).toBeUndefined()
})
