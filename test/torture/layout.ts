import type { Redis } from 'ioredis'
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
  return `${PREFIX}${id}`
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
  const [first] = waitersIn(await client.hgetall(recordOf(id)))
  return first?.split(' ')[0]
}

/** Sessions for which somebody waits, or was waiting and is not forgotten. */
export async function queuesAt(client: Redis): Promise<number> {
  const queues = await Promise.all(
    (await client.keys(`${PREFIX}*`)).map(key => client.hexists(key, 'queue').catch(() => 0)),
  )
  return queues.filter(queue => queue === 1).length
}

/** What every key of this server says, but for the lab's own. Who waits is named by the request that waits. */
export async function keysAt(client: Redis, sessions: ReadonlySet<string>): Promise<Resting[]> {
  const owners = new Map([...sessions].map(session => [recordOf(session), session]))
  const found: Resting[] = []
  for (const key of await client.keys('*')) {
    if (key.startsWith(FILLER)) continue
    const session = owners.get(key)
    // A tombstone, of a session that the lab knows no more.
    if (session === undefined && (await client.hexists(key, 'gone').catch(() => 0)) === 1) continue
    const said = session === undefined ? { fields: {} } : await readRecord(client, key)
    const ttl = await client.pttl(key)
    // It may have ended meanwhile.
    if (ttl !== -2) found.push({ ...NOTHING, ...said, key, session: session ?? '', ttl })
  }
  return found
}

const NOTHING: Omit<Resting, 'key' | 'session' | 'ttl' | 'fields'> = {
  holder: '', leased: false, waiters: [], phpWaiters: 0,
} // biome-ignore format: one glance

async function readRecord(client: Redis, key: string): Promise<Pick<Resting, 'fields'> & Partial<Resting>> {
  const { data: _data, old: _old, ...fields } = await client.hgetall(key)
  const { lock = '0', pid = 'nobody', state = '', wait = '0' } = fields
  const [seconds, micros] = (await client.time()) as [number, number]
  const now = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000)
  // A waiter whose deadline is over counts nowhere, and goes when a step meets it.
  const waiters = waitersIn(fields).filter(waiter => Number(waiter.split(' ')[1]) > now)
  return {
    holder: Number(lock) === 0 ? '' : pid,
    leased: Number(state.slice(2, 15)) > 0,
    waiters: waiters.map(waiter => waiter.split(' ')[2] ?? ''),
    phpWaiters: Number(wait),
    fields,
  }
}

/** `token deadline request` of each, in order of arrival. */
function waitersIn(fields: Record<string, string>): string[] {
  return Object.entries(fields)
    .filter(([field]) => /^w:\d+$/.test(field))
    .sort(([one], [other]) => Number(one.slice(2)) - Number(other.slice(2)))
    .map(([, waiter]) => waiter)
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
    -- Times in fixed places; 0 is none.
    local state = redis.call('HGET', key, 'state')
    if state then
      local moved = string.gsub(string.sub(state, 3, 85), '%d+', function(n)
        return tonumber(n) > 0 and string.format('%013.0f', tonumber(n) + by) or n
      end)
      redis.call('HSET', key, 'state', string.sub(state, 1, 2) .. moved .. string.sub(state, 86))
    end
    local gone = redis.call('HGET', key, 'gone')
    if gone then redis.call('HSET', key, 'gone', (string.gsub(gone, ' (%d+)', function(n) return ' ' .. later(n) end))) end
    for _, field in ipairs(redis.call('HKEYS', key)) do
      if string.find(field, '^w:%d+$') then
        local waiter = redis.call('HGET', key, field)
        redis.call('HSET', key, field, (string.gsub(waiter, ' (%d+)', function(n) return ' ' .. later(n) end, 1)))
      end
    end
    local poll = redis.call('HGET', key, 'poll')
    -- The first is a duration; the rest are times.
    if poll then redis.call('HSET', key, 'poll', (string.gsub(poll, ' (%d+)', function(n) return ' ' .. later(n) end))) end
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

const WAKE = /message\r\n\$\d+\r\n[^\r]*wake:[^\r]*\r\n\$\d+\r\n([^\r\n]*)/
