import { readFileSync } from 'node:fs'
import type { Cluster, Redis } from 'ioredis'
import type { Reply } from './record.ts'

export const TRANSITIONS = ['acquire', 'commit', 'release', 'leave', 'renew', 'touch', 'destroy'] as const
export type Transition = (typeof TRANSITIONS)[number]

export type Client = Redis | Cluster
export type TextOf = (name: Transition) => string

const texts = new Map<string, string>()

/** The text of a script. Each client asks for all of them, and some several times: each is read once. */
function read(name: string): string {
  const text = texts.get(name) ?? readFileSync(new URL(`./scripts/${name}.lua`, import.meta.url), 'utf8')
  texts.set(name, text)
  return text
}

/** Teaches a client the transitions. ioredis sends their digest, and the text once where Redis does not know it yet. */
export function defineTransitions(client: Client, textOf: TextOf = transitionText): void {
  for (const name of TRANSITIONS) {
    client.defineCommand(commandOf(name), { numberOfKeys: 1, lua: textOf(name) })
  }
  client.defineCommand('latchkeyAdopt', { numberOfKeys: 1, lua: read('adopt') })
  client.defineCommand('latchkeyReplace', { numberOfKeys: 1, lua: read('replace') })
  client.defineCommand('latchkeyHead', { numberOfKeys: 1, lua: read('head') })
  client.defineCommand('latchkeyReserve', { numberOfKeys: 1, lua: read('reserve') })
  client.defineCommand('latchkeyFollow', { numberOfKeys: 1, lua: read('follow') })
  client.defineCommand('latchkeyEndAll', { numberOfKeys: 1, lua: read('end-all') })
}

type OfTexts = (key: string, ...args: (string | number)[]) => Promise<string[]>

/** Names one more session of a user. */
export function reserve(client: Client, key: string, args: (string | number)[]): Promise<string[]> {
  const { latchkeyReserve } = client as unknown as { latchkeyReserve: OfTexts }
  return latchkeyReserve.call(client, key, ...args)
}

/** Names a session of a user once more, under another name. */
export function follow(client: Client, key: string, from: string, to: string): Promise<string> {
  const { latchkeyFollow } = client as unknown as {
    latchkeyFollow(key: string, from: string, to: string): Promise<string>
  }
  return latchkeyFollow.call(client, key, from, to)
}

/** Ends all sessions of a user but one. */
export function endAll(client: Client, key: string, args: (string | number)[]): Promise<string[]> {
  const { latchkeyEndAll } = client as unknown as { latchkeyEndAll: OfTexts }
  return latchkeyEndAll.call(client, key, ...args)
}

/** Makes a record of a session that connect-redis stored, where there is one. */
export async function adopt(client: Client, key: string): Promise<void> {
  const { latchkeyAdopt } = client as unknown as { latchkeyAdopt(key: string): Promise<number> }
  await latchkeyAdopt.call(client, key)
}

/** Puts data in the place of data that says the same. False where it is another by now. */
export async function replace(client: Client, key: string, data: Buffer, by: Buffer): Promise<boolean> {
  const { latchkeyReplace } = client as unknown as {
    latchkeyReplace(key: string, ...args: Buffer[]): Promise<number>
  }
  return (await latchkeyReplace.call(client, key, data, by)) === 1
}

/** The first bytes of a record's data. */
export function head(client: Client, key: string, bytes: number): Promise<Buffer> {
  const { latchkeyHeadBuffer } = client as unknown as {
    latchkeyHeadBuffer(key: string, bytes: number): Promise<Buffer>
  }
  return latchkeyHeadBuffer.call(client, key, bytes)
}

const COMMON = '\n-- common.lua\n'
/** In this order: each calls those before it. */
const shared = (): string[] => ['common', 'queue', 'php', 'unlock'].map(read)

/**
 * The whole of a transition. What stands before `-- common.lua` answers the common case, and is all that runs then: to define
 * the shared functions takes as long as all of that.
 */
export function transitionText(name: Transition): string {
  const [head = '', rest = ''] = read(name).split(COMMON)
  return [head, ...shared(), rest].join('\n')
}

/** The same without the answers to the common case: the rest must do on its own. */
export function transitionWithoutCommonCase(name: Transition): string {
  return [...shared(), read(name).split(COMMON)[1]].join('\n')
}

type Command = (...args: (string | number | Buffer)[]) => Promise<Reply>

/** `Buffer` at the end makes ioredis answer bytes: a compressed payload is no text. */
export function run(
  client: Client,
  name: Transition,
  key: string,
  args: (string | number | Buffer)[],
): Promise<Reply> {
  const command = (client as unknown as Record<string, Command>)[`${commandOf(name)}Buffer`]
  if (!command) throw new TypeError(`the Redis client was not taught ${name}`)
  return command.call(client, key, ...args)
}

function commandOf(name: Transition): string {
  return `latchkey${name[0]?.toUpperCase()}${name.slice(1)}`
}
