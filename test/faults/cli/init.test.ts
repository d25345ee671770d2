// `latchkey init`, as a newcomer runs it.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { loadOptions } from '../../../src/config/load.ts'
import { latchkey, start } from './support.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-init-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('init takes five answers, asks again after a wrong one, and writes what createSessions takes', async () => {
  const file = join(folder, 'answered.json')
  const { child, ended } = start(['init', file], {}, [], 'pipe')
  child.stdin?.end('http://nowhere\nredis://redis.internal:6380\nshop_\nyes\n2h\n2\n\n')
  const { code, err } = await ended
  expect(code).toBe(0)
  expect(err).toContain('redis.url: expected redis://')
  expect(err).toContain('Answer a number above 0, such as 24.')
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
    $schema: expect.stringMatching(/node_modules\/latchkey\/config\.schema\.json$/),
    redis: { url: 'redis://redis.internal:6380' },
    prefix: 'shop_',
    naming: 'plain',
    lifetime: 7200,
    breakAfter: 30,
  })
  expect(loadOptions(file, {})).toMatchObject({ lifetime: 7200, naming: 'plain' })
})

test('init leaves a file alone that is there', async () => {
  const file = join(folder, 'there.json')
  await writeFile(file, '{}')
  const { code, err } = await latchkey(['init', file, '--yes'])
  expect([code, err]).toEqual([1, `latchkey: ${file} is there already, and is left as it is.\n`])
  expect(await readFile(file, 'utf8')).toBe('{}')
})
