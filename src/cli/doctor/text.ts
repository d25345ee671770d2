import { count } from '../units.ts'
import type { Finding, Level } from './finding.ts'

/** Of a cluster, `server` is the master that it is about. */
export type Found = Finding & { readonly server?: string }

const HEADS: Record<Level, string> = {
  loss: 'LOSES DATA',
  warning: 'warning   ',
  note: 'note      ',
  good: 'good      ',
}

/** For people: what is the same on several masters stands there once. */
export function doctorText(found: readonly Found[], server: string): string {
  const groups = together(found)
  const lines = groups.map(({ finding: { level, found: what, remedy, link }, servers }) => {
    const more = [remedy, link && `See ${link}`].filter(line => line !== undefined)
    const first = `${HEADS[level]}  ${servers.length === 0 ? '' : `${servers.join(', ')}: `}${what}`
    return [first, ...more.map(line => `${' '.repeat(12)}${line}`)].join('\n')
  })
  const number = (level: Level) => groups.filter(({ finding }) => finding.level === level).length
  const sum = `${count(number('loss'), 'finding')} that lose${number('loss') === 1 ? 's' : ''} data, ${count(number('warning'), 'warning')}.`
  return [server, ...lines, sum].join('\n')
}

function together(found: readonly Found[]): { finding: Finding; servers: string[] }[] {
  const groups = new Map<string, { finding: Finding; servers: string[] }>()
  for (const { server, ...finding } of found) {
    const key = JSON.stringify(finding)
    const group = groups.get(key) ?? { finding, servers: [] }
    if (server !== undefined) group.servers.push(server)
    groups.set(key, group)
  }
  return [...groups.values()]
}
