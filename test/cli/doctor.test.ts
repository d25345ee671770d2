// Each finding of `latchkey doctor`, as a table. test/faults/cli has the command on a real server.
import { readFile } from 'node:fs/promises'
import { expect, test } from '@jest/globals'
import { type Finding, type Level, LINKS } from '../../src/cli/doctor/finding.ts'
import { optionFindings } from '../../src/cli/doctor/options.ts'
import { serverFindings } from '../../src/cli/doctor/server.ts'
import { doctorText } from '../../src/cli/doctor/text.ts'
import { loadOptions } from '../../src/config/load.ts'
import type { Problem } from '../../src/config/option-error.ts'
import type { OptionsInput } from '../../src/config/options.ts'
import type { NodeFacts } from '../../src/redis/node-facts.ts'

const FINE = {
  redis_version: '7.2.0', role: 'master', maxmemory: '1000000', used_memory: '1000', maxmemory_policy: 'noeviction',
  aof_enabled: '1', connected_slaves: '1', evicted_keys: '0',
} // biome-ignore format: as INFO has it

function server(
  info: Record<string, string>,
  settings: Record<string, string> = {},
  failsOver = false,
): Finding[] {
  const all: Record<string, string> = { 'min-replicas-to-write': '1', save: '', ...settings }
  const facts: NodeFacts = { at: 'here:1', info: { ...FINE, ...info }, setting: name => all[name] }
  return serverFindings(facts, failsOver, false)
}

const bad = (findings: Finding[]) => findings.filter(({ level }) => level !== 'good')

test('a server that is as it should be has no finding', () => {
  expect(bad(server({}))).toEqual([])
})

const SERVERS: [string, Level, RegExp, Finding[]][] = [
  [
    'a policy that evicts',
    'loss',
    /maxmemory-policy is allkeys-lru/,
    server({ maxmemory_policy: 'allkeys-lru' }),
  ],
  ['evicted keys', 'loss', /evicted 7 keys/, server({ maxmemory_policy: 'volatile-lru', evicted_keys: '7' })],
  ['no limit of memory', 'warning', /maxmemory is not set/, server({ maxmemory: '0' })],
  ['memory that is nearly full', 'warning', /90 % of maxmemory/, server({ used_memory: '900000' })],
  [
    'nothing on disk',
    'loss',
    /Nothing is stored on disk/,
    server({ aof_enabled: '0', connected_slaves: '0' }),
  ],
  ['snapshots only', 'warning', /appendonly is off/, server({ aof_enabled: '0' }, { save: '3600 1' })],
  ['a full disk', 'loss', /cannot write to disk/, server({ aof_last_write_status: 'err' })],
  ['a replica', 'loss', /refuses every write/, server({ role: 'slave' })],
  ['a node of a cluster', 'loss', /node of a cluster/, server({ cluster_enabled: '1' })],
  [
    'writes without a replica',
    'loss',
    /min-replicas-to-write is 0/,
    server({}, { 'min-replicas-to-write': '0' }, true),
  ],
  ['a lone master', 'loss', /no replica/, server({ connected_slaves: '0' }, {}, true)],
  [
    'keyspace events',
    'note',
    /notify-keyspace-events is "KEA"/,
    server({}, { 'notify-keyspace-events': 'KEA' }),
  ],
  ['an old version', 'warning', /Redis 6\.0\.16 is old/, server({ redis_version: '6.0.16' })],
]

test.each(SERVERS)('%s: %s', (_, level, says, findings) => {
  const found = bad(findings).find(({ found }) => says.test(found))
  expect(found).toMatchObject({ level })
  if (level !== 'note') expect(found).toMatchObject({ remedy: expect.any(String), link: expect.any(String) })
})

const OPTIONS: [OptionsInput, RegExp][] = [
  [{ lease: 60 }, /lease: expected at most breakAfter/],
  [{ lifetime: 30 }, /lifetime: expected at least minLifetime/],
  [{ firstLifetime: 100_000 }, /firstLifetime/],
  [{ failAfter: 0 }, /failAfter is 0/],
]

test.each(OPTIONS)('options that do not fit each other: %j', (options, says) => {
  const doubts: Problem[] = []
  const loaded = loadOptions(options, {}, {}, undefined, doubt => doubts.push(doubt))
  const findings = optionFindings(loaded, doubts, undefined)
  expect(findings).toEqual([
    expect.objectContaining({ level: 'warning', found: expect.stringMatching(says) }),
  ])
})

test('the default options fit each other', () => {
  expect(bad(optionFindings(loadOptions({}, {}), [], undefined))).toEqual([])
})

const OURS = 'https://github.com/latchkey-js/latchkey/blob/main/'

test.each(Object.values(LINKS).filter(link => !link.startsWith('https://redis.io/')))(
  '%s is there, and opens where the package has no docs',
  async link => {
    expect(link.startsWith(OURS)).toBe(true)
    const [page = '', anchor] = link.slice(OURS.length).split('#')
    const text = await readFile(new URL(`../../${page}`, import.meta.url), 'utf8')
    const anchors = [...text.matchAll(/^#+ (.*)$/gm)].map(([, head = '']) =>
      head
        .toLowerCase()
        .replaceAll(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    )
    if (anchor !== undefined) expect(anchors).toContain(anchor)
  },
)

test('what is the same on several masters of a cluster is told once, with all of them', () => {
  const limit = { level: 'warning', found: 'maxmemory is not set.', remedy: 'Set maxmemory.' } as const
  const found = [
    { ...limit, server: 'a:1' },
    { ...limit, server: 'b:2' },
    { level: 'good', found: 'Redis 7.0.15.', server: 'a:1' },
    { level: 'good', found: 'The clocks agree.' },
  ] as const
  expect(doctorText(found, 'the cluster').split('\n')).toEqual([
    'the cluster',
    'warning     a:1, b:2: maxmemory is not set.',
    '            Set maxmemory.',
    'good        a:1: Redis 7.0.15.',
    'good        The clocks agree.',
    '0 findings that lose data, 1 warning.',
  ])
})
