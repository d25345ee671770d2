// The scripts as they are, on a real Redis, one step from one state: a state goes in with the step, and the next one comes out.
import type { Redis } from 'ioredis'
import { type TextOf, TRANSITIONS, type Transition, transitionText } from '../../src/redis/scripts.ts'
import { hashOf, type Snapshot, START_SECONDS } from './record.ts'
import type { Scene } from './world.ts'

/** What is no script of ours: the steps of PHP, and what happens to a record. */
const OTHERS = {
  nothing: `return {}`,
  look: `return redis.call('HMGET', KEYS[1], 'data', 'writes', 'state', 'gone')`,
  evict: `return {redis.call('DEL', KEYS[1])}`,
  set: `return {redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])}`,
  phpLock: `return {redis.call('HINCRBY', KEYS[1], 'lock', 1)}`,
  phpWait: `redis.call('HINCRBY', KEYS[1], 'wait', 1) return {}`,
  phpSign: `redis.call('HMSET', KEYS[1], 'pid', ARGV[1], 'lock', 1, 'req', 'GET php')
    if ARGV[2] == 'polled' then redis.call('HINCRBY', KEYS[1], 'wait', -1) end
    redis.call('EXPIRE', KEYS[1], 21600)
    return redis.call('HMGET', KEYS[1], 'data')`,
  phpCheck: `return redis.call('HMGET', KEYS[1], 'pid')`,
  phpWrite: `redis.call('HMSET', KEYS[1], 'data', ARGV[1], 'lock', 0)
    redis.call('HINCRBY', KEYS[1], 'writes', 1)
    redis.call('EXPIRE', KEYS[1], 21600)
    return {}`,
}

export type Script = Transition | keyof typeof OTHERS

export interface Step {
  script: Script
  args: (string | number)[]
  /** ms since the start. */
  now: number
  /** The steps before this one. */
  steps: number
  /** A process that no message reaches; '' for none. */
  deaf: string
}

export interface Stepped {
  reply: string[]
  after: Snapshot
  /** Messages to processes: the channel's process, and the text. */
  messages: { process: string; text: string }[]
}

// Only the clock and the channels are ours: a step depends on nothing but the state that it begins with, and the same
// schedule ends in the same state each time.
const around = (text: string): string => `
local real, messages = redis, {}
local function stubbed(send)
  return function(command, ...)
    if command == 'TIME' then return {KEYS[3], KEYS[4]} end
    if command == 'PUBLISH' then
      local channel, message = ...
      if channel == KEYS[6] then return 0 end
      messages[#messages + 1] = channel
      messages[#messages + 1] = message
      return 1
    end
    if command == 'PUBSUB' then
      local channel = select(2, ...)
      return {channel, channel == KEYS[6] and 0 or 1}
    end
    return send(command, ...)
  end
end
local redis = {call = stubbed(real.call), pcall = stubbed(real.pcall)}
local function step()
${text}
end
real.call('DEL', KEYS[1])
if KEYS[2] ~= '' then real.call('RESTORE', KEYS[1], KEYS[5], KEYS[2]) end
local reply = step()
return {reply, real.call('HGETALL', KEYS[1]), real.call('PTTL', KEYS[1]), real.call('DUMP', KEYS[1]) or '', messages}
`

const RECORD = 'sess_explored'
export const CHANNEL = 'sess_wake:'

/** Where nobody waits, a record remembers so many commits, as commit.lua has it; with a short memory, two. */
const KEPT_IDS = 8

const SHORT_MEMORY = {
  all: [['local IDS_BYTES = 400', 'local IDS_BYTES = 16']],
  commonCase: [
    ['#ids > 90', '#ids > 6'],
    [`'^${' %S+'.repeat(KEPT_IDS - 1)}'`, `'^ %S+'`],
  ],
} as const

function shortened(text: string): string {
  const { all, commonCase } = SHORT_MEMORY
  const changes = text.startsWith('-- commit:') ? [...all, ...commonCase] : all
  return changes.reduce((changed, [from, to]) => replaced(changed, from, to), text)
}

/** Fails unless the text has it once: else it would change nothing, and nobody would know. */
export function replaced(text: string, from: string, to: string): string {
  const parts = text.split(from)
  if (parts.length !== 2) throw new Error(`found ${parts.length - 1} times in a script, not once: ${from}`)
  return parts.join(to)
}

export class Scripts {
  readonly #client: Redis
  readonly #digests: Map<Script, string>

  private constructor(client: Redis, digests: Map<Script, string>) {
    this.#client = client
    this.#digests = digests
  }

  static async load(
    client: Redis,
    { shortMemory }: Pick<Scene, 'shortMemory'> = {},
    textOf: TextOf = transitionText,
  ): Promise<Scripts> {
    const texts: [Script, string][] = [
      ...TRANSITIONS.map((name): [Script, string] => [
        name,
        shortMemory ? shortened(textOf(name)) : textOf(name),
      ]),
      ...(Object.entries(OTHERS) as [Script, string][]),
    ]
    const digests = new Map<Script, string>()
    for (const [name, text] of texts) digests.set(name, String(await client.script('LOAD', around(text))))
    return new Scripts(client, digests)
  }

  /** Many at once: they have nothing to do with each other, as each begins with its own state. */
  async run(all: { from: Snapshot; step: Step }[]): Promise<(Stepped | Error)[]> {
    const pipeline = this.#client.pipeline()
    for (const { from, step } of all) {
      const ms = step.now
      const keys = [
        RECORD, from.blob, String(START_SECONDS + Math.floor(ms / 1000)), String((ms % 1000) * 1000 + step.steps), String(from.ttl),
        `${CHANNEL}${step.deaf}`,
      ] // biome-ignore format: the order is the wrapper's
      pipeline.callBuffer(
        'EVALSHA',
        this.#digests.get(step.script) as string,
        keys.length,
        ...keys,
        ...step.args.map(String),
      )
    }
    const replies = (await pipeline.exec()) ?? []
    return replies.map(([error, reply]) => error ?? stepped(reply as Raw))
  }
}

type Raw = [(Buffer | null | number)[], Buffer[], number, Buffer, Buffer[]]

function stepped([reply, fields, ttl, blob, said]: Raw): Stepped {
  const messages: Stepped['messages'] = []
  for (let i = 0; i < said.length; i += 2) {
    messages.push({ process: String(said[i]).slice(CHANNEL.length), text: String(said[i + 1]) })
  }
  return {
    reply: reply.map(part => (part === null ? '' : String(part))),
    after: { hash: hashOf(fields.map(String)), ttl: Math.max(ttl, 0), expires: ttl !== -1, blob },
    messages,
  }
}
