import type { Redis } from 'ioredis'
import { loadOptions } from '../config/load.ts'
import { OptionError } from '../config/option-error.ts'
import { createClient, describeServer } from './client.ts'
import { disconnect } from './disconnect.ts'
import { patternOf, USER_INDEX } from './record.ts'

/**
 * A sample of the sessions that somebody's Redis holds, to measure with.
 *
 * PROMISES  1. Commands that only read: SCAN, TYPE, HSTRLEN, STRLEN, HGET, GET, MEMORY USAGE, PING, INFO.
 *           2. Every key with the prefix is as likely to be taken as any other, in one pass over the keys.
 *           3. What is held at once is bounded: so many keys, so many bytes, no value longer than `largest`.
 */
export interface Wanted {
  readonly prefix: string
  readonly count: number
  /** Bytes of all payloads together, and of one. */
  readonly bytes: number
  readonly largest: number
  readonly random: () => number
  readonly step: (what: string) => void
}

export interface Sampled {
  /** As stored, with their tags. */
  readonly payloads: readonly { readonly payload: Buffer; readonly kind: 'hash' | 'string' }[]
  /** Keys with the prefix, or those of them that were seen in time. */
  readonly keys: number
  readonly sawAll: boolean
  /** Sampled keys that hold no session: another type, or a hash without data. */
  readonly strangers: number
  readonly tooLarge: number
  /** Sampled keys that were not read, as there was enough by then. */
  readonly left: number
  /** What Redis says that records need, beside the length of their payloads. */
  readonly usages: readonly { readonly usage: number; readonly payload: number }[]
}

export interface Sampler {
  /** Where Redis is, without credentials. */
  readonly server: string
  /** null without a right to INFO. */
  readonly version: string | null
  /** The configured one. */
  readonly prefix: string
  /** Milliseconds of a round trip, and Mbit/s; undefined without a right to PING. */
  network(): Promise<{ rtt: number; mbit: number } | undefined>
  sample(wanted: Wanted): Promise<Sampled>
  close(): void
}

/** Seconds: measuring is more patient than a request. */
const TIMEOUTS = { connectTimeout: 3, commandTimeout: 15 }

function optionsOf(url: string, environment: NodeJS.ProcessEnv) {
  try {
    return loadOptions({ redis: { url, ...TIMEOUTS } }, environment)
  } catch (error) {
    throw new Error(error instanceof OptionError ? optionSentence(error) : String(error))
  }
}

/**
 * @param environment gives what the URL does not say: password, TLS, prefix, as for the handler
 * @throws an Error of one sentence
 */
export async function openSampler(url: string, environment: NodeJS.ProcessEnv): Promise<Sampler> {
  const { redis, prefix } = optionsOf(url, environment)
  const server = describeServer(redis)
  const client = createClient(redis) as Redis
  // It asks INFO, to which not every user has a right, and says so on the console.
  client.options.enableReadyCheck = false
  let last: Error | undefined
  client.on('error', (error: Error) => {
    last = error
  })
  const asked = async <T>(reply: Promise<T>): Promise<T> => {
    try {
      return await reply
    } catch (error) {
      disconnect(client)
      throw new Error(`${server} ${refusal((last ?? (error as Error)).message || 'no answer')}.`)
    }
  }
  await asked(client.connect())
  const info = await asked(permitted(client.info('server')))
  return {
    server,
    prefix,
    version: /^redis_version:(\S+)/m.exec(info ?? '')?.[1] ?? null,
    network: () => asked(permitted(networkOf(client))),
    sample: wanted => asked(sampleOf(client, wanted)),
    close: () => disconnect(client),
  }
}

/** What is wrong, after the name of the server. */
function refusal(message: string): string {
  if (message.startsWith('NOAUTH'))
    return 'asks for a password: give it in the URL or as LATCHKEY_REDIS_PASSWORD'
  const verb = /^(NO|WRONG)[A-Z]+ /.test(message) ? 'refuses' : 'is not available'
  return `${verb}: ${message.split('\n')[0]?.replace(/\.$/, '')}`
}

/** undefined where the user has no right to the command. */
async function permitted<T>(reply: Promise<T>): Promise<T | undefined> {
  return reply.catch((error: Error) => {
    if (error.message.startsWith('NOPERM')) return undefined
    throw error
  })
}

function optionSentence({ problems }: OptionError): string {
  const message = problems[0]?.message ?? 'the options cannot be used'
  return `${message
    .replace(/^redis\.url:/, '--redis:')
    .replace(', or null', '')
    .replace(' (the code)', '')
    // What was given may hold a password, and is not repeated.
    .replace(', got a text', '')}.`
}

const PINGS = 60
/** Bytes of a large PING: Redis sends back what it is sent. */
const SMALL_LOAD = 32_768
const LARGE_LOAD = 524_288
/** Milliseconds within which the small one must be back before the large one is tried. */
const FAST = 30

async function networkOf(client: Redis): Promise<{ rtt: number; mbit: number }> {
  const timed = async (load?: string) => {
    const started = performance.now()
    await (load === undefined ? client.ping() : client.ping(load))
    return performance.now() - started
  }
  const pings: number[] = []
  for (let sent = 0; sent < PINGS; sent++) pings.push(await timed())
  const rtt = middle(pings)
  const rate = async (bytes: number) => {
    const load = 'x'.repeat(bytes)
    const times: number[] = []
    for (let sent = 0; sent < 5; sent++) times.push(await timed(load))
    const took = middle(times)
    // There and back; a transfer that is lost in the round trip is too fast to be seen.
    return { took, mbit: (2 * bytes * 8) / (Math.max(took - rtt, 0.01) * 1000) }
  }
  const small = await rate(SMALL_LOAD)
  const { mbit } = small.took < FAST ? await rate(LARGE_LOAD) : small
  return { rtt, mbit }
}

function middle(numbers: number[]): number {
  return numbers.sort((a, b) => a - b)[numbers.length >> 1] ?? 0
}

/** Keys of one SCAN, and commands that are sent together. */
const SCAN_COUNT = 1000
const TOGETHER = 32
/** Milliseconds after which the keys that were seen must do. */
const SCAN_TIME = 30_000
const USAGES = 100

async function sampleOf(client: Redis, wanted: Wanted): Promise<Sampled> {
  const { chosen, keys, sawAll } = await chooseKeys(client, wanted)
  const payloads: Sampled['payloads'][number][] = []
  const usages: Sampled['usages'][number][] = []
  let [strangers, tooLarge, left, bytes] = [0, 0, 0, 0]
  for (let at = 0; at < chosen.length; at += TOGETHER) {
    if (bytes >= wanted.bytes) {
      left += chosen.length - at
      break
    }
    wanted.step(`reading session ${at + 1} of ${chosen.length}`)
    const some = chosen.slice(at, at + TOGETHER)
    const sized = await Promise.all(some.map(key => sizeOf(client, key)))
    for (const [n, { kind, size }] of sized.entries()) {
      const key = some[n] as Buffer
      if (kind === 'gone') continue
      if (bytes >= wanted.bytes) left++
      else if (kind === 'stranger') strangers++
      else if (size > wanted.largest) tooLarge++
      else {
        const payload = await (kind === 'hash' ? client.hgetBuffer(key, 'data') : client.getBuffer(key))
        // It may have grown since, but not beyond what one request stores.
        if (!payload || payload.length === 0) continue
        bytes += payload.length
        payloads.push({ payload, kind })
        const usage = kind === 'hash' && usages.length < USAGES ? await usageOf(client, key) : null
        if (usage !== null) usages.push({ usage, payload: payload.length })
      }
    }
  }
  return { payloads, keys, sawAll, strangers, tooLarge, left, usages }
}

/** Reservoir sampling: a key that comes as the n-th takes a place with the probability count / n. */
async function chooseKeys(client: Redis, { prefix, count, random, step }: Wanted) {
  const chosen: Buffer[] = []
  const end = performance.now() + SCAN_TIME
  let cursor = '0'
  let keys = 0
  do {
    const [next, found] = await client.scanBuffer(cursor, 'MATCH', patternOf(prefix), 'COUNT', SCAN_COUNT)
    for (const key of found) {
      if (key.subarray(Buffer.byteLength(prefix)).indexOf(USER_INDEX) === 0) continue
      keys++
      const place = chosen.length < count ? chosen.length : Math.floor(random() * keys)
      if (place < count) chosen[place] = key
    }
    cursor = next.toString()
    step(`seen ${keys} keys`)
  } while (cursor !== '0' && performance.now() < end)
  // In no order of arrival, so that a part of them is a sample as well.
  const order = new Map(chosen.map(key => [key, random()]))
  chosen.sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0))
  return { chosen, keys, sawAll: cursor === '0' }
}

interface Sized {
  kind: 'hash' | 'string' | 'stranger' | 'gone'
  size: number
}

/** A record of ours or of PHP is a hash with `data`; other stores keep a session as a text. */
async function sizeOf(client: Redis, key: Buffer): Promise<Sized> {
  const type = await client.type(key)
  if (type === 'none') return { kind: 'gone', size: 0 }
  if (type === 'string') return { kind: 'string', size: await client.strlen(key) }
  const size = type === 'hash' ? await client.hstrlen(key, 'data') : 0
  return size > 0 ? { kind: 'hash', size } : { kind: 'stranger', size }
}

/** null where the command is not permitted, or the key has gone. */
async function usageOf(client: Redis, key: Buffer): Promise<number | null> {
  return client.memory('USAGE', key, 'SAMPLES', 0).catch(() => null)
}
