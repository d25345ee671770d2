import { dirname } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { loadOptions } from '../../src/config/load.ts'
import { file, refusal } from './support.ts'

describe('a file that holds no options is refused with the reason', () => {
  test.each<[string, string]>([
    ['', 'but is empty'],
    [' \n', 'but is empty'],
    ['[]', 'but holds an empty list'],
    ['null', 'but holds null'],
    ['"x"', 'but holds a string'],
    ['{"lease": 1,}', 'but line 1, column 13 is not JSON: Expected double-quoted property name'],
    ['{\n  "lease": one\n}', 'but line 2, column 12 is not JSON: Unexpected character'],
    ['// why\n{}', 'but line 1, column 1 is not JSON: Unexpected character'],
    ['{\n  "lease":', 'but line 2, column 11 is not JSON: Unexpected end of JSON input'],
  ])('%j', async (content, reason) => {
    const path = file(content)
    const error = await refusal(path)
    expect(error.message).toBe(`"${path}" must hold a JSON object, ${reason}`)
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
