// The bench as a process, on real sessions in a real Redis and in files.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { createSessions } from 'latchkey'
import { fromRedis } from '../../../bench/input/redis.ts'
import { builtInShops } from '../../../bench/input/shops.ts'
import { RECORD_OVERHEAD } from '../../../bench/judge/memory.ts'
import { ASSUMED } from '../../../bench/judge/request.ts'
import { main } from '../../../bench/main.ts'
import type { Result } from '../../../bench/report/result.ts'
import { countOnServer } from '../../support/monitor.ts'
import { type RedisServer, startRedis } from '../../support/redis-server.ts'
import { latchkey, start, TELLS_MEMORY } from './support.ts'

const SECRET = 'the-visitor-s-secret'
const READS = ['scan', 'type', 'hstrlen', 'strlen', 'hget', 'get', 'memory', 'ping']

let folder: string
let redis: RedisServer
const ids: string[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-'))
  redis = await startRedis()
  const carts = builtInShops(3).groups[1]?.sessions ?? []
  for (const compression of ['gzip', 'none']) {
    const sessions = await createSessions({ redis: { path: redis.path }, compression, logLevel: 'silent' })
    for (const cart of carts) {
      const session = await sessions.open(undefined, { request: 'GET /' })
      Object.assign(session.data, JSON.parse(cart.toString()), { secret: SECRET })
      await session.commit()
      ids.push(session.id)
    }
    await sessions.close()
  }
  const client = new Redis({ path: redis.path })
  // Of another store, and what is no session at all.
  await client.set('sess_text-of-another-store', JSON.stringify({ cookie: {}, secret: SECRET }))
  await client.rpush('sess_a-queue-of-somebody', SECRET)
  await client.set('sess_prose-of-somebody', SECRET)
  client.disconnect()
})

afterAll(async () => {
  await redis?.stop()
  await rm(folder, { recursive: true, force: true })
})

describe('real sessions', () => {
  let result: Result
  let said: string
  let commands: string[]
  let changes: [string, string]
  let memory: number

  beforeAll(async () => {
    const client = new Redis({ path: redis.path })
    const written = async () =>
      /rdb_changes_since_last_save:(\d+)/.exec(await client.info('persistence'))?.[1] ?? ''
    const before = await written()
    const html = join(folder, 'redis.html')
    const counted = await countOnServer(redis.path, async () => {
      const args = ['bench', '--redis', redis.url, '--quick', '--json', '--html', html]
      const { out, err, extra, code } = await start(args, {}, [TELLS_MEMORY]).ended
      expect([code, err]).toEqual([0, `Wrote the report to ${html}.\n`])
      memory = Number(extra)
      result = JSON.parse(out) as Result
      said = out + err + (await readFile(html, 'utf8'))
    })
    commands = counted.commands
    changes = [before, await written()]
    client.disconnect()
  }, 60_000)

  test('are measured, whatever library wrote them, and whatever else is there', () => {
    expect(result.input.sessions).toBe(25)
    expect(result.input.source).toMatch(/25 of 27 keys beginning with "sess_"/)
    expect(result.input.notes).toEqual([
      'Left out: 1 key without a session.',
      'Left out: 1 payload without the looks of a session: JSON, PHP or igbinary (--any takes them).',
    ])
    expect(result.groups.map(({ name, sessions }) => [name, sessions])).toEqual([
      ['under 1 KB', 1],
      ['4 to 16 KB', 24],
    ])
  })

  test('are only read', () => {
    expect(commands.length).toBeGreaterThan(50)
    expect([...new Set(commands)].filter(command => !READS.includes(command))).toEqual([])
    expect(changes[1]).toBe(changes[0])
  })

  test('stay secret: neither an id, nor a key, nor a content is in any output', async () => {
    const client = new Redis({ path: redis.path })
    const names = (await client.keys('*')).map(key => key.slice('sess_'.length))
    client.disconnect()
    const product = JSON.parse(builtInShops(3).groups[1]?.sessions[0]?.toString() ?? '').items[0]
    const words = [SECRET, ...ids, ...names, product.sku, product.name, product.image]
    expect(words.filter(word => said.includes(word))).toEqual([])
  })

  test('tell the network, the version and what a record needs', () => {
    expect(result.network.origin).toBe('measured')
    expect(result.network.rtt).toBeGreaterThan(0)
    expect(result.network.mbit).toBeGreaterThan(1)
    expect(result.machine.redis).toMatch(/^\d+\.\d+/)
    // A record as Redis has it, which another version may have a little smaller or larger.
    expect(Math.abs(result.recordOverhead - RECORD_OVERHEAD)).toBeLessThan(200)
  })

  test('are measured within 1 GB', () => {
    expect(memory).toBeGreaterThan(10_000)
    expect(memory).toBeLessThan(1_000_000)
  })
})

test('a sample is as large as was asked for', async () => {
  let out = ''
  const write = (text: string) => {
    out += text
  }
  const plan = { groups: { time: 20, rounds: 2 }, sizes: { time: 10, rounds: 2 } }
  const surroundings = { out: { write }, screen: { write }, environment: {}, plan }
  expect(await main(['--redis', redis.url, '--sample', '7'], surroundings)).toBe(0)
  expect(out).toMatch(/ [4-7] of 27 keys/)
})

test('what is beyond 24 MB is left out, and told', async () => {
  const client = new Redis({ path: redis.path })
  const large = Buffer.from(JSON.stringify({ note: 'x'.repeat(2 ** 20 - 100) }))
  for (let n = 0; n < 60; n++) await client.hset(`large_${n}`, 'data', large)
  const options = { sample: 58, prefix: 'large_', any: false, seed: 1, step: () => {} }
  const { notes, groups } = await fromRedis({ url: redis.url, ...options }, {})
  await client.unlink(await client.keys('large_*'))
  client.disconnect()
  const measured = groups.reduce((sum, { sessions }) => sum + sessions.length, 0)
  expect(measured).toBe(25)
  expect(notes).toEqual(['Left out: 33 keys, as 24 MB are measured.'])
})

test('as many sessions of the largest size as are measured stay within 1 GB', async () => {
  const dir = await mkdtemp(join(folder, 'large-'))
  const [session = Buffer.alloc(0)] = builtInShops(7).groups[4]?.sessions ?? []
  const large = Buffer.concat(Array.from({ length: 5 }, () => session))
  for (let n = 0; n < 26; n++) await writeFile(join(dir, String(n)), large)
  const args = ['bench', '--dir', dir, '--rtt', '1', '--any', '--quick', '--json']
  const { code, err, extra } = await start(args, {}, [TELLS_MEMORY]).ended
  expect([code, err]).toEqual([0, ''])
  expect(Number(extra)).toBeLessThan(1_000_000)
}, 60_000)

describe('a user of Redis with rights to read, and no more', () => {
  test('is enough: the network is assumed, and the version is not told', async () => {
    const client = new Redis({ path: redis.path })
    await client.acl('SETUSER', 'reader', 'on', '>pass', '~sess_*', '+@read')
    client.disconnect()
    const env = { LATCHKEY_REDIS_USERNAME: 'reader', LATCHKEY_REDIS_PASSWORD: 'pass' }
    const { code, out, err } = await latchkey(['bench', '--redis', redis.url, '--quick', '--json'], env)
    expect([code, err]).toEqual([0, ''])
    const { machine, network, recordOverhead } = JSON.parse(out) as Result
    expect(machine.redis).toBeNull()
    expect(network).toEqual(ASSUMED)
    // MEMORY USAGE is a right to read.
    expect(recordOverhead).not.toBe(RECORD_OVERHEAD)
  }, 30_000)
})

test('files are measured, and the choice is put into a config that keeps the rest', async () => {
  const dir = await mkdtemp(join(folder, 'files-'))
  const sessions = builtInShops(5)
    .groups.slice(1, 3)
    .flatMap(group => group.sessions)
  for (const [n, session] of sessions.entries()) await writeFile(join(dir, `${SECRET}-${n}`), session)
  const config = join(folder, 'config.json')
  const before = '{\n\t"prefix": "shop_",\n\t"compression": "none",\n\t"redis": {"port":6380}\n}\n'
  await writeFile(config, before)
  const args = ['bench', '--dir', dir, '--rtt', '1', '--quick', '--write', config, '--choose', 'smallest']
  const { code, out, err } = await latchkey(args)
  expect([code, err]).toEqual([0, ''])
  expect(out).not.toContain(SECRET)
  expect(out).toMatch(/Wrote \S.* \(smallest\) to /)
  const after = await readFile(config, 'utf8')
  const { compression, compressionLevel, compressionThreshold } = JSON.parse(after)
  expect(compression).not.toBe('none')
  expect(after).toBe(
    '{\n\t"prefix": "shop_",\n' +
      `\t"compression": ${JSON.stringify(compression)},\n` +
      '\t"redis": {"port":6380},\n' +
      `\t"compressionLevel": ${compressionLevel},\n\t"compressionThreshold": ${compressionThreshold}\n}\n`,
  )
}, 30_000)

describe('a run that is broken off', () => {
  test('by SIGINT ends at once, with the code of that and without a word', async () => {
    const config = join(folder, 'untouched.json')
    await writeFile(config, '{}')
    const { child, ended } = start(['bench', '--redis', redis.url, '--write', config])
    const client = new Redis({ path: redis.path })
    // It is at work once it has asked Redis.
    while (!String(await client.client('LIST')).includes('name=latchkey')) await pause(20)
    client.disconnect()
    child.kill('SIGINT')
    const { code, out, err } = await ended
    expect([code, out, err]).toEqual([130, '', ''])
    expect(await readFile(config, 'utf8')).toBe('{}')
  })

  test('by a reader that has seen enough is no failure, and writes what it was asked to', async () => {
    const config = join(folder, 'unread.json')
    const page = join(folder, 'unread.html')
    const { child, ended } = start(['bench', '--quick', '--write', config, '--html', page])
    child.stdout?.destroy()
    const { code, err } = await ended
    expect([code, err]).toEqual([0, ''])
    expect(JSON.parse(await readFile(config, 'utf8'))).toHaveProperty('compression')
    expect(await readFile(page, 'utf8')).toContain('</html>')
  }, 30_000)
})
