// The configurations of docs/redis.md, with the places of this machine in the places of theirs.
import { readFileSync } from 'node:fs'
import type { OptionsInput } from '../../src/index.ts'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const DOCUMENT = read('docs/redis.md')

export interface Places {
  /** Where `host:port` of the document is. */
  ports?: Record<string, number>
  /** Where a path of the document is. */
  paths?: Record<string, string>
}

/** The block under this heading. Fails if it names a place that is not given, or does not name one that is. */
export function documentedConfig(heading: string, { ports = {}, paths = {} }: Places): OptionsInput {
  const [, block] = new RegExp(`^## ${heading}\\n[^#]*?\`\`\`json\\n(.*?)^\`\`\``, 'ms').exec(DOCUMENT) ?? []
  if (!block) throw new Error(`docs/redis.md has no configuration "${heading}"`)
  const unused = new Set([...Object.keys(ports), ...Object.keys(paths)])
  const place = <T>(places: Record<string, T>, name: string): T => {
    const found = places[name]
    if (found === undefined) throw new Error(`"${heading}" names ${name}, and the test has none`)
    unused.delete(name)
    return found
  }
  const config = JSON.parse(block, (_key, value: unknown) => {
    if (typeof value === 'string' && value.startsWith('/')) return place(paths, value)
    if (typeof value !== 'object' || value === null || !('host' in value && 'port' in value)) return value
    return { ...value, host: '127.0.0.1', port: place(ports, `${value.host}:${value.port}`) }
  }) as OptionsInput
  if (unused.size > 0) throw new Error(`"${heading}" does not name ${[...unused]}`)
  return config
}

/** What docs/operations.md gives the user `shop`: the words after its name. */
export function leastRights(): string[] {
  return words(read('docs/operations.md'), /^ACL SETUSER shop (.+)$/m)
}

/** What docs/redis.md adds to it in a cluster. */
export function clusterRights(): string[] {
  return words(DOCUMENT, /^ACL SETUSER shop (.+)$/m)
}

/** What docs/redis.md gives the user `finder` of the sentinels. */
export function sentinelRights(): string[] {
  return words(DOCUMENT, /^ACL SETUSER finder (.+)$/m)
}

function words(text: string, line: RegExp): string[] {
  const [, found] = line.exec(text) ?? []
  if (!found) throw new Error(`no line like ${line}`)
  return found.split(' ')
}
