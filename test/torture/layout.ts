import type { Redis } from 'ioredis'
import { isWaiter, keysOf } from '../../src/redis/record.ts'
import { turnOf } from './names.ts'
import type { Resting } from './rules/rule.ts'

/*
 * All that the lab knows of how sessions lie in Redis and of how processes wake each other. Where the record changes, this
 * file changes, and nothing else of the lab.
 */

const PREFIX = 'sess_'

/** Keys that the lab itself puts there. */
export const FILLER = 'filler:'

/** The channels on which processes hear that one of their waiters was handed the lock. */
export const WAKE_CHANNELS = `${PREFIX}wake:*`

export function recordOf(id: string): string {
  return keysOf(PREFIX, id)[0]
}

/** Where a session of this name is stored now, the newest of its turns; the name itself where none is. */
export async function idOf(masters: Redis[], name: string): Promise<string> {
  const keys = await Promise.all(masters.map(master => recordsAt(master, name)))
  const turn = (id: string) => turnOf(name, id) ?? -1
  return keys.flat().reduce((newest, id) => (turn(id) > turn(newest) ? id : newest), name)
}

async function recordsAt(client: Redis, name: string): Promise<string[]> {
  const records: string[] = []
  for (const key of await client.keys(`${PREFIX}${name}*`)) {
    if ((await client.hexists(key, 'data')) === 1) records.push(key.slice(PREFIX.length))
  }
  return records
}

/** The token of whoever has the lock of this session. */
export async function holderOf(client: Redis, id: string): Promise<string | undefined> {
  const [lock, pid] = await client.hmget(recordOf(id), 'lock', 'pid')
  return Number(lock) > 0 ? (pid ?? undefined) : undefined
}

/** How often this session was stored, by its own count; undefined where there is none. */
export async function writesOf(client: Redis, id: string): Promise<number | undefined> {
  const writes = await client.hget(recordOf(id), 'writes')
  return writes === null ? undefined : Number(writes)
}

/** The token of the first who waits for this session. */
export async function waiterOf(client: Redis, id: string): Promise<string | undefined> {
  const [, queue] = keysOf(PREFIX, id)
  const [member] = await client.zrange(queue, '0', '0')
  return member?.split(' ')[0]
}

/** Sessions for which somebody waits, or was waiting and is not forgotten. */
export async function queuesAt(client: Redis): Promise<number> {
  return (await client.keys('*:queue')).length
}

/** What every key of this server says, but for the lab's own. Who waits is named by the request that waits. */
export async function keysAt(client: Redis, sessions: ReadonlySet<string>): Promise<Resting[]> {
  const owners = new Map<string, [session: string, read: Reader]>()
  for (const session of sessions) {
    const [record, queue, deadlines] = keysOf(PREFIX, session)
    owners.set(record, [session, readRecord])
    owners.set(queue, [session, readWaiters('-inf')])
    owners.set(deadlines, [session, readWaiters('now')])
  }
  const found: Resting[] = []
  for (const key of await client.keys('*')) {
    if (key.startsWith(FILLER)) continue
    const [session, read] = owners.get(key) ?? STRANGER
    const said = await read(client, key)
    const ttl = await client.pttl(key)
    // It may have ended meanwhile.
    if (ttl !== -2) found.push({ ...NOTHING, ...said, key, session, ttl })
  }
  return found
}

type Reader = (client: Redis, key: string) => Promise<Pick<Resting, 'fields'> & Partial<Resting>>

const STRANGER: [session: string, read: Reader] = ['', async () => ({ fields: {} })]

const NOTHING: Omit<Resting, 'key' | 'session' | 'ttl' | 'fields'> = {
  holder: '', leased: false, waiters: [], phpWaiters: 0,
} // biome-ignore format: one glance

const readRecord: Reader = async (client, key) => {
  const { data: _data, ...fields } = await client.hgetall(key)
  const { lock = '0', pid = 'nobody', lease, wait = '0' } = fields
  return {
    holder: Number(lock) === 0 ? '' : pid,
    leased: lease !== undefined,
    phpWaiters: Number(wait),
    fields,
  }
}

/** Whose deadline is over counts nowhere, and goes when somebody takes the lock by way of the queue. */
function readWaiters(from: '-inf' | 'now'): Reader {
  return async (client, key) => {
    const [seconds, micros] = (await client.time()) as [number, number]
    const now = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000)
    const members = await client.zrangebyscore(key, from === 'now' ? `(${now}` : from, '+inf')
    // A member is `token request`. `!token` remembers for a minute who lost its lock.
    const waiters = members.filter(isWaiter).map(member => member.split(' ')[1] ?? '')
    return { waiters, fields: Object.fromEntries(members.map((member, i) => [`${i}`, member])) }
  }
}

/**
 * Moves every time and every life that this server holds by so many milliseconds, in one step, which no script can tell from
 * its clock jumping the other way.
 */
export async function moveTimes(client: Redis, by: number): Promise<void> {
  await client.eval(MOVE, 0, by, FILLER)
}

const MOVE = `
local by, filler = tonumber(ARGV[1]), ARGV[2]
local function later(n) return string.format('%.0f', tonumber(n) + by) end
for _, key in ipairs(redis.call('KEYS', '*')) do
  local kind = redis.call('TYPE', key).ok
  if kind == 'hash' then
    for _, field in ipairs({'lease', 'since', 'created', 'ends'}) do
      local value = redis.call('HGET', key, field)
      if value then redis.call('HSET', key, field, later(value)) end
    end
    local poll = redis.call('HGET', key, 'poll')
    -- The first is a duration; the rest are times.
    if poll then redis.call('HSET', key, 'poll', (string.gsub(poll, ' (%d+)', function(n) return ' ' .. later(n) end))) end
  elseif kind == 'zset' then
    -- Deadlines are in milliseconds, arrivals in microseconds.
    local unit = string.find(key, ':queue$') and 1000 or 1
    for _, member in ipairs(redis.call('ZRANGE', key, 0, -1)) do
      redis.call('ZINCRBY', key, string.format('%.0f', by * unit), member)
    end
  end
  if string.sub(key, 1, #filler) ~= filler then
    redis.call('PEXPIRE', key, math.max(redis.call('PTTL', key) + by, 1))
  end
end
`

/** Whether these bytes, sent to Redis, name the connection on which a process hears its wake-ups. */
export function namesWakes(sent: Buffer): boolean {
  return sent.includes('latchkey-wakes')
}

/** The token of the waiter whom this message from Redis wakes. */
export function wokenBy(received: Buffer): string | undefined {
  return WAKE.exec(received.toString('latin1'))?.[1]
}

const WAKE = /message\r\n\$\d+\r\n[^\r]*wake:[^\r]*\r\n\$\d+\r\n([^\r]*)\r\n/
