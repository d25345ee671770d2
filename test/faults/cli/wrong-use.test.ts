import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { main } from '../../../bench/main.ts'
import { type RedisServer, startRedis } from '../../support/redis-server.ts'
import { latchkey, type Ran } from './support.ts'

let folder: string
let redis: RedisServer
let locked: RedisServer
let results: Map<string, Ran>

const at = (name: string) => join(folder, name)

/** Name, arguments, and what the sentence says. */
const CASES: [string, () => string[], RegExp][] = [
  ['no command', () => [], /a command is missing/],
  ['a command that there is not', () => ['bunch'], /"bunch" is not a command/],
  ['a name that every object has', () => ['constructor'], /"constructor" is not a command/],
  ['an unknown option', () => ['bench', '--fast'], /--fast is not an option/],
  ['a number that is none', () => ['bench', '--rtt', 'slow'], /--rtt: expected a number/],
  [
    'a folder that is not there',
    () => ['bench', '--dir', at('nowhere'), '--rtt', '1'],
    /nowhere" cannot be read: .*no such file/,
  ],
  [
    'a file for a folder',
    () => ['bench', '--dir', at('bad.json'), '--rtt', '1'],
    /cannot be read: .*not a directory/,
  ],
  ['an empty folder', () => ['bench', '--dir', at('empty'), '--rtt', '1'], /holds no files/],
  [
    'files that are too large',
    () => ['bench', '--dir', at('large'), '--rtt', '1'],
    /none of them is a session that can be read: 1 file of more than 1 MB/,
  ],
  ['a pipe for a config', () => ['bench', '--write', at('pipe')], /pipe" is no file/],
  ['what never ends for a config', () => ['bench', '--write', '/dev/zero'], /zero" is no file/],
  [
    'files that are no sessions',
    () => ['bench', '--dir', at('prose'), '--rtt', '1'],
    /none of them is a session/,
  ],
  [
    'no Redis',
    () => ['bench', '--redis', `unix://${at('none.sock')}`],
    /Redis at unix:.* is not available: .*ENOENT/,
  ],
  [
    'nobody at a port',
    () => ['bench', '--redis', 'redis://127.0.0.1:1'],
    /Redis at .*:1 is not available: .*ECONNREFUSED/,
  ],
  [
    'an address that is none of Redis',
    () => ['bench', '--redis', 'http://x'],
    /--redis: expected redis:\/\//,
  ],
  ['an address that is none', () => ['bench', '--redis', 'foo'], /its parts percent-encoded\.\n$/],
  [
    'no password',
    () => ['bench', '--redis', locked.url],
    /asks for a password: give it in the URL or as LATCHKEY_REDIS_PASSWORD/,
  ],
  [
    'an empty database',
    () => ['bench', '--redis', redis.url, '--prefix', 'none_'],
    /has no key that begins with "none_"/,
  ],
  [
    'keys that are no sessions',
    () => ['bench', '--redis', redis.url, '--prefix', 'list_'],
    /none that was read is a session/,
  ],
  [
    'texts that are no sessions',
    () => ['bench', '--redis', redis.url, '--prefix', 'text_'],
    /none that was read is a session/,
  ],
  [
    'damaged sessions',
    () => ['bench', '--redis', redis.url, '--prefix', 'torn_'],
    /none could be decompressed/,
  ],
  ['a config that is no JSON', () => ['bench', '--write', at('bad.json')], /expected a JSON object/],
  [
    'a report where no file can be',
    () => ['bench', '--html', at('nowhere/report.html')],
    /cannot be written: .*no such file/,
  ],
  ['a folder for a report', () => ['bench', '--html', at('empty')], /is a folder/],
]

/** What is not tried as a process is tried in this one: a process takes half a second to begin. */
const AS_PROCESS = new Set(
  CASES.map(([name]) => name).filter(name => / command|every object|no Redis|config/.test(name)),
)

async function here([, ...args]: string[]): Promise<Ran> {
  let [out, err] = ['', '']
  const write = (text: string) => {
    out += text
  }
  const say = (text: string) => {
    err += text
  }
  const code = await main(args, { out: { write }, screen: { write: say }, environment: {} })
  return { code, signal: null, out, err }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-'))
  await mkdir(at('empty'))
  await mkdir(at('prose'))
  await writeFile(at('prose/diary.txt'), 'Dear diary')
  await mkdir(at('large'))
  await writeFile(at('large/session'), '')
  await truncate(at('large/session'), 2 ** 20 + 1)
  execFileSync('mkfifo', [at('pipe')])
  await writeFile(at('bad.json'), '{"prefix": ')
  ;[redis, locked] = await Promise.all([startRedis(), startRedis('--requirepass', 'secret')])
  const client = new Redis({ path: redis.path })
  await client.rpush('list_1', 'x')
  await client.hset('list_2', 'lock', '1')
  await client.set('text_1', 'prose')
  await client.hset('torn_1', 'data', ':gz:x')
  client.disconnect()
  const ran = await Promise.all(
    CASES.map(
      async ([name, args]) => [name, await (AS_PROCESS.has(name) ? latchkey : here)(args())] as const,
    ),
  )
  results = new Map(ran)
}, 120_000)

afterAll(async () => {
  await Promise.all([redis?.stop(), locked?.stop()])
  await rm(folder, { recursive: true, force: true })
})

describe('wrong use is one sentence and exit code 2:', () => {
  test.each(CASES)('%s', (name, _, says) => {
    const { code, out, err } = results.get(name) as Ran
    expect(err).toMatch(says)
    expect(err).toMatch(/^latchkey[^\n]*[.?]\n$/)
    expect([code, out]).toEqual([2, ''])
  })

  test('a config that was refused is as it was', async () => {
    expect(await readFile(at('bad.json'), 'utf8')).toBe('{"prefix": ')
  })

  test('a password is not repeated', async () => {
    const { code, err } = await latchkey(['bench', '--redis', 'redis://shop:hunter2@127.0.0.1:1'])
    expect(code).toBe(2)
    expect(err).not.toContain('hunter2')
  })
})

describe('asked for', () => {
  test.each([
    [['--help'], /latchkey bench +Measures/],
    [['bench', '--help'], /--redis URL/],
    [['--version'], /^\d+\.\d+\.\d+\n$/],
    [['bench', '-v'], /^\d+\.\d+\.\d+\n$/],
  ])('%j, it answers on stdout', async (args, says) => {
    const { code, out, err } = await latchkey(args)
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(says)
  })
})
