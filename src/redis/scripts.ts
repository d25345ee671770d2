import { readFileSync } from 'node:fs'
import type { Cluster, Redis } from 'ioredis'
import type { Reply } from './record.ts'

export const TRANSITIONS = ['acquire', 'commit', 'release', 'leave', 'renew', 'touch', 'destroy'] as const
export type Transition = (typeof TRANSITIONS)[number]

export type Client = Redis | Cluster

const KEYS = 3
const FAST: ReadonlySet<Transition> = new Set(['acquire', 'commit'])
const read = (name: string): string => readFileSync(new URL(`./scripts/${name}.lua`, import.meta.url), 'utf8')

/** Teaches a client the transitions. ioredis sends their digest, and the text once where Redis does not know it yet. */
export function defineTransitions(client: Client): void {
  for (const name of TRANSITIONS) {
    client.defineCommand(commandOf(name), { numberOfKeys: KEYS, lua: textOf(name) })
  }
}

/** The whole of a transition: what nearly always suffices comes first, before the functions that the rest shares are defined. */
export function textOf(name: Transition): string {
  const fast = FAST.has(name) ? [read(`${name}.fast`)] : []
  return [...fast, read('common'), read(name)].join('\n')
}

type Command = (...args: (string | number | Buffer)[]) => Promise<Reply>

/** `Buffer` at the end makes ioredis answer bytes: a compressed payload is no text. */
export function run(
  client: Client,
  name: Transition,
  keys: string[],
  args: (string | number | Buffer)[],
): Promise<Reply> {
  const command = (client as unknown as Record<string, Command>)[`${commandOf(name)}Buffer`]
  if (!command) throw new TypeError(`the Redis client was not taught ${name}`)
  return command.call(client, ...keys, ...args)
}

function commandOf(name: Transition): string {
  return `latchkey${name[0]?.toUpperCase()}${name.slice(1)}`
}
