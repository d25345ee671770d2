import type { Redis } from 'ioredis'

/** What one server says of itself. Without a right to ask, it says nothing. */
export interface NodeFacts {
  /** `host:port` */
  readonly at: string
  /** Fields of INFO; empty without the right. */
  readonly info: Readonly<Record<string, string>>
  /** A setting; undefined without the right to CONFIG GET, which managed services often refuse. */
  setting(name: string): string | undefined
}

const SETTINGS = [
  'save',
  'min-replicas-to-write',
  'min-replicas-max-lag',
  'notify-keyspace-events',
  'timeout',
]

/** @param names settings to ask for */
export async function factsOf(node: Redis, names: readonly string[] = SETTINGS): Promise<NodeFacts> {
  const { host, port, path } = node.options
  const text = await node.info().catch(() => '')
  const settings = new Map<string, string>()
  for (const name of names) {
    const reply = (await node.config('GET', name).catch(() => [])) as string[]
    if (reply[1] !== undefined) settings.set(name, reply[1])
  }
  return {
    at: path ?? `${host}:${port}`,
    info: Object.fromEntries([...text.matchAll(/^(\w+):(.*?)\r?$/gm)].map(([, key, value]) => [key, value])),
    setting: name => settings.get(name),
  }
}
