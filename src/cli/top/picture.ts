import type { NodeFacts } from '../../redis/node-facts.ts'
import { table } from '../table.ts'
import { count, duration, percent } from '../units.ts'
import { who } from '../who.ts'
import type { Picture, Row } from './watch.ts'

/** What the servers say of themselves, all together; null without the right to INFO. */
export function serverFigures(facts: readonly NodeFacts[]) {
  return {
    commandsPerSecond: sumOf(facts, 'instantaneous_ops_per_sec'),
    memory: sumOf(facts, 'used_memory'),
    clients: sumOf(facts, 'connected_clients'),
  }
}

/** Of a field of INFO, over all servers; null without the right to INFO. */
export function sumOf(facts: readonly NodeFacts[], field: string): number | null {
  const values = facts.map(({ info }) => Number(info[field]))
  return values.some(Number.isNaN) ? null : values.reduce((all, value) => all + value, 0)
}

/**
 * @param most rows of each table
 * @param whose what the number of commands has in it beside those of the shops
 */
export function pictureText(
  server: string,
  figures: ReturnType<typeof serverFigures>,
  picture: Picture,
  most: number,
  whose = '',
): string {
  const { commandsPerSecond, clients } = figures
  const { hottest, held, waiting, messagesPerSecond, broken, endedUnderHolder, seen } = picture
  const known = (n: number | null, digits = 0) => (n === null ? 'not permitted' : n.toFixed(digits))
  return [
    `${server}   ${new Date().toTimeString().slice(0, 8)}${seen < 1 ? `   first look at all keys: ${percent(seen)}` : ''}`,
    `commands/s ${known(commandsPerSecond)}${commandsPerSecond === null ? '' : whose}   clients ${known(clients)}   locked ${held.length}   waiting ${count(waiting, 'request')}`,
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
