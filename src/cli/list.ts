import type { Glance } from '../redis/overview.ts'
import { command, DONE, WrongUse } from './command.ts'
import { atDesk, type Desk } from './desk.ts'
import { hashOf } from './find-session.ts'
import { allGlances } from './glances.ts'
import { answer } from './output.ts'
import { table } from './table.ts'
import { duration, size } from './units.ts'
import { who } from './who.ts'

const ORDERS = ['size', 'age', 'idle', 'writes', 'waiting', 'held'] as const
const KINDS = ['node', 'php', 'connect-redis', 'ended', 'newer', 'other'] as const

export const list = command({
  usage: 'list',
  describe: 'Lists sessions: the largest, the oldest, the most idle, the most written …',
  examples: [
    ['latchkey list --by size --limit 10', 'the ten largest'],
    ['latchkey list --by held', 'those that are locked, the longest first'],
    ['latchkey list --kind other', 'keys of other programs under the prefix'],
  ],
  options: line =>
    line
      .option('by', {
        choices: ORDERS,
        default: 'size' as const,
        requiresArg: true,
        describe: 'What they are sorted by: idle is the time since the last write, held that of the lock',
      })
      .option('limit', { type: 'number', default: 20, requiresArg: true, describe: 'How many, 1 to 10,000' })
      .option('kind', { choices: KINDS, requiresArg: true, describe: 'Only those of this kind' })
      .check(({ limit }) => {
        if (Number.isInteger(limit) && limit >= 1 && limit <= 10_000) return true
        throw new WrongUse('--limit: expected a whole number from 1 to 10000')
      }),
  run: given =>
    atDesk(given, async desk => {
      const wanted = (glance: Glance) =>
        (given.kind ? glance.kind === given.kind : glance.session !== undefined) &&
        rank(glance, given.by) >= 0
      const top = await best(desk, given.by, given.limit, wanted)
      const rows = top.map(glance => row(glance, desk))
      answer(given.json, rows, () => (rows.length === 0 ? 'No such session.' : text(rows)))
      return DONE
    }),
})

type Order = (typeof ORDERS)[number]

/** What is sorted by, the largest first; -1 leaves it out. */
function rank({ session, bytes, written }: Glance, by: Order): number {
  switch (by) {
    case 'size':
      return bytes
    case 'age':
      return session && session.created > 0 ? Date.now() - session.created : -1
    case 'idle':
      return written ?? -1
    case 'writes':
      return session?.writes ?? -1
    case 'waiting':
      return session && session.waiters > 0 ? session.waiters : -1
    case 'held':
      return session?.holder ? (session.holder.heldFor ?? 0) : -1
  }
}

/** Keeps no more than a few times what is shown, however many sessions there are. */
async function best(desk: Desk, by: Order, limit: number, wanted: (glance: Glance) => boolean) {
  const kept = new Map<string, Glance>()
  const sorted = () => [...kept.values()].sort((a, b) => rank(b, by) - rank(a, by)).slice(0, limit)
  for await (const glances of allGlances(desk)) {
    for (const glance of glances) if (wanted(glance)) kept.set(glance.name, glance)
    if (kept.size < 4 * limit + 1000) continue
    const top = sorted()
    kept.clear()
    for (const glance of top) kept.set(glance.name, glance)
  }
  return sorted()
}

function row(glance: Glance, { options }: Desk) {
  const { name, kind, bytes, ttl, session, written } = glance
  return {
    session: hashOf(name, options.naming),
    kind,
    storedBytes: bytes,
    writes: session?.writes ?? null,
    age: session && session.created > 0 ? (Date.now() - session.created) / 1000 : null,
    idle: written === undefined ? null : written / 1000,
    ttl: ttl === undefined ? null : ttl / 1000,
    waiters: session?.waiters ?? 0,
    holder: session?.holder ?? null,
  }
}

function text(rows: readonly ReturnType<typeof row>[]): string {
  const time = (seconds: number | null) => (seconds === null ? '–' : duration(seconds * 1000))
  return table(
    ['session', 'kind', 'size', 'writes', 'age', 'idle', 'expires in', 'waiting', 'lock'],
    rows.map(({ session, kind, storedBytes, writes, age, idle, ttl, waiters, holder }) => [
      session,
      kind,
      size(storedBytes),
      String(writes ?? '–'),
      time(age),
      time(idle),
      ttl === null ? 'never' : time(ttl),
      waiters === 0 ? '' : String(waiters),
      holder ? who(holder) : '',
    ]),
    ['size', 'writes', 'age', 'idle', 'expires in', 'waiting'],
  )
}
