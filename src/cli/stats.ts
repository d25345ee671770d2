import type { Glance } from '../redis/overview.ts'
import { command, DONE } from './command.ts'
import { atDesk, type Desk } from './desk.ts'
import { allGlances } from './glances.ts'
import { Histogram } from './histogram.ts'
import { KeyCount, type OfKey } from './key-count.ts'
import { answer } from './output.ts'
import { Reservoir, readSample, type Sample } from './sample.ts'
import { facts } from './table.ts'
import { count, duration, percent, size } from './units.ts'

export const stats = command({
  usage: 'stats',
  describe: 'Counts all sessions: their sizes, lifetimes and kinds, their memory, and what compression saves',
  examples: [
    ['latchkey stats', 'for people'],
    ['latchkey stats --json', 'for a dashboard'],
  ],
  options: line => line,
  run: given =>
    atDesk(given, async desk => {
      const { figures, charts } = await counted(desk)
      answer(given.json, figures, () => [text(figures, desk), ...charts].join('\n\n'))
      return DONE
    }),
})

const KB = 1024
const SIZES = [64, 256, KB, 4 * KB, 16 * KB, 64 * KB, 256 * KB, KB * KB]
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const TIMES = [MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, 24 * HOUR, 7 * 24 * HOUR, 30 * 24 * HOUR]

async function counted(desk: Desk) {
  const kinds: Partial<Record<Glance['kind'], number>> = {}
  const [sizes, expiry, idle] = [
    new Histogram(SIZES, size),
    new Histogram(TIMES, duration),
    new Histogram(TIMES, duration),
  ]
  const reservoir = new Reservoir()
  const keys = new KeyCount(desk)
  let [sessions, storedBytes, locked, waiting, endless] = [0, 0, 0, 0, 0]
  for await (const glances of allGlances(desk)) {
    await keys.add(glances)
    for (const { name, kind, bytes, ttl, session, written } of glances) {
      kinds[kind] = (kinds[kind] ?? 0) + 1
      if (!session) continue
      sessions++
      storedBytes += bytes
      sizes.add(bytes)
      if (ttl === undefined) endless++
      else expiry.add(ttl)
      if (written !== undefined) idle.add(written)
      if (session.holder) locked++
      waiting += session.waiters
      reservoir.add(name, bytes)
    }
  }
  const sample = await readSample(desk, reservoir.names)
  const { memory: measured, raw, packed } = sample
  const memory =
    measured === null || sample.sessions === 0 ? null : Math.round((measured / sample.sessions) * sessions)
  const figures = {
    ...{ sessions, locked, waiting, endless, storedBytes, kinds, memory },
    encryption: keys.all,
    compressionSaves: raw === 0 ? 0 : 1 - packed / raw,
    ...{ sizes: sizes.buckets, expiry: expiry.buckets, idle: idle.buckets, sample },
  }
  const charts = [
    `Stored size of the data:\n${sizes.text()}`,
    `Expires in:\n${expiry.text()}`,
    `Last written before:\n${idle.text()}`,
  ]
  return { figures, charts }
}

const KIND_NAMES: Record<string, string> = {
  node: 'written by Latchkey',
  php: 'written by PHP',
  'connect-redis': 'of connect-redis',
  ended: 'ended: tombstones',
  newer: 'of a newer Latchkey',
  other: 'of other programs',
}

function text(found: Awaited<ReturnType<typeof counted>>['figures'], { overview, server }: Desk): string {
  const { sessions, locked, waiting, endless, kinds, storedBytes, memory, sample } = found
  return facts([
    ['sessions', `${sessions.toLocaleString('en')} under ${overview.prefix} on ${server}`],
    ['locked', `${locked}, and ${count(waiting, 'request')} waiting`],
    ['data', `${size(storedBytes)} stored`],
    ['memory', memory === null ? 'not known' : `about ${size(memory)} of Redis`],
    ['compression', compression(sample)],
    ['encryption', encryption(found.encryption)],
    ['never expire', endless === 0 ? undefined : `${endless}: see latchkey doctor`],
    ...Object.entries(kinds).map(([kind, n]): [string, string] => [
      kind,
      `${count(n, 'key')} ${KIND_NAMES[kind]}`,
    ]),
  ])
}

function encryption(keys: readonly OfKey[]): string | undefined {
  const by = keys.map(({ key, sessions }) =>
    key === null
      ? `${count(sessions, 'session')} not encrypted`
      : `${sessions.toLocaleString('en')} with the key ${key}`,
  )
  return by.length > 0 ? by.join(', ') : undefined
}

function compression({ sessions, packed, raw, libraries }: Sample): string {
  if (sessions === 0) return 'nothing to read'
  const by = Object.entries(libraries).map(([library, n]) => `${library} ${percent(n / sessions)}`)
  return `saves ${percent(1 - packed / raw)} of the data (of ${count(sessions, 'session')}: ${by.join(', ')})`
}
