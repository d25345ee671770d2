import type { NodeFacts } from '../../redis/node-facts.ts'
import { table } from '../table.ts'
import { count, duration, percent } from '../units.ts'
import { who } from '../who.ts'
import type { Picture, Row } from './watch.ts'

/** What the servers say of themselves, all together; null without the right to INFO. */
export function serverFigures(facts: readonly NodeFacts[]) {
  const sum = (field: string) => {
    const values = facts.map(({ info }) => Number(info[field]))
    return values.some(Number.isNaN) ? null : values.reduce((all, value) => all + value, 0)
  }
  return {
    commandsPerSecond: sum('instantaneous_ops_per_sec'),
    memory: sum('used_memory'),
    clients: sum('connected_clients'),
  }
}

/** @param most rows of each table */
export function pictureText(
  server: string,
  figures: ReturnType<typeof serverFigures>,
  picture: Picture,
  most: number,
): string {
  const { commandsPerSecond, clients } = figures
  const { hottest, held, waiting, messagesPerSecond, broken, endedUnderHolder, seen } = picture
  const known = (n: number | null, digits = 0) => (n === null ? 'not permitted' : n.toFixed(digits))
  return [
    `${server}   ${new Date().toTimeString().slice(0, 8)}${seen < 1 ? `   first look at all keys: ${percent(seen)}` : ''}`,
    `commands/s ${known(commandsPerSecond)}   clients ${known(clients)}   locked ${held.length}   waiting ${count(waiting, 'request')}`,
    `wake-ups/s ${known(messagesPerSecond, 1)}   locks broken ${known(broken)}   ended under a holder ${known(endedUnderHolder)}   (since this began)`,
    '',
    rows('Hottest sessions', hottest.slice(0, most)),
    '',
    rows('Longest holders', held.slice(0, most)),
  ].join('\n')
}

function rows(head: string, some: readonly Row[]): string {
  if (some.length === 0) return `${head}: none`
  const lines = some.map(({ session, writesPerSecond, writes, waiters, waitedFor, holder }) => [
    session,
    writesPerSecond.toFixed(1),
    String(writes),
    waiters === 0 ? '' : `${waiters}${waitedFor > 0 ? ` for ${duration(waitedFor)}` : ''}`,
    holder ? who(holder) : '',
  ])
  return `${head}\n${table(['session', 'writes/s', 'writes', 'waiting', 'lock'], lines, ['writes/s', 'writes'])}`
}
