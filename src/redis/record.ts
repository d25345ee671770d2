import type { Found, Gone, Held, Holder, Inspected, Took } from '../store.ts'

/** What SCAN's MATCH takes for the keys of all records. */
export function patternOf(prefix: string): string {
  return `${prefix.replace(/[\\*?[\]]/g, '\\$&')}*`
}

/** The index of a user's sessions is `<prefix>user:<hash>`. No record has a name with a colon. */
export const USER_INDEX = 'user:'

/** A process hears on `<channel><nonce>` that one of its waiters was handed a lock. */
export function channelOf(prefix: string): string {
  return `${prefix}wake:`
}

/** What a script or HMGET answers: bulk strings as buffers, nothing as null. */
export type Reply = (Buffer | null)[]

export function text(reply: Reply, at: number): string {
  return reply[at]?.toString() ?? ''
}

export function number(reply: Reply, at: number): number {
  return Number(text(reply, at))
}

/** A count in a field: what is no whole number counts as 0, as in scripts/common.lua. */
export function count(reply: Reply, at: number): number {
  return countIn(text(reply, at))
}

function countIn(field: string): number {
  const n = /^\d+$/.test(field) ? Number(field) : 0
  return n <= Number.MAX_SAFE_INTEGER ? n : 0
}

/** What scripts/common.lua, which has the format, takes for a state of ours. Its numbers are cut out by position. */
const STATE = /^1[ g](\d{13} ){6}\d{6} \S/
const [LEASE, SINCE, ENDS, CREATED, AT, NAMED, TOUCHES, BORN] = [2, 16, 30, 44, 58, 72, 86, 93]

function stampIn(state: string, at: number): number {
  return Number(state.slice(at, at + 13))
}

/** The version that `state` or `gone` begins with, if it is not ours; undefined for ours and for what is damaged. */
export function newerVersion(field: string): string | undefined {
  const version = /^\d+/.exec(field)?.[0]
  return Number(version) > 1 ? version : undefined
}

/** `data, writes, state` from `at` on. */
export function found(reply: Reply, at: number): Found {
  return foundIn(reply[at] ?? undefined, text(reply, at + 1), text(reply, at + 2))
}

function foundIn(data: Buffer | undefined, writes: string, state: string): Found {
  const found = { data, writes: countIn(writes), touches: 0, born: '', created: 0, idAge: 0 }
  if (!STATE.test(state)) return found
  const end = state.indexOf(' ', BORN)
  const [since, named] = [stampIn(state, SINCE), stampIn(state, NAMED)]
  const born = state.slice(BORN, end < 0 ? undefined : end)
  return {
    ...found,
    touches: Number(state.slice(TOUCHES, BORN - 1)),
    born: born === '-' ? '' : born,
    created: stampIn(state, CREATED),
    idAge: since > 0 && named > 0 ? Math.max(since - named, 0) : 0,
  }
}

/** When the session that is found in these fields ends whatever happens, in ms of the server's time; 0 for never. */
export function endsAt(state: string): number {
  return STATE.test(state) ? stampIn(state, ENDS) : 0
}

/** When the request that committed last got its lock, in ms of the server's time; 0 where that is not known. */
export function writtenAt(state: string): number {
  return STATE.test(state) ? stampIn(state, AT) : 0
}

/** `gone`, as a tombstone has it. */
export function tombstoneOf(field: string): { kind: Gone['gone']; until: number; readableUntil: number } {
  const [, kind, until, readable] = field.split(' ')
  return {
    kind: goneKind(kind),
    until: Number(until ?? 0),
    readableUntil: Number(readable ?? 0),
  }
}

/** One that is not known has ended. */
export function goneKind(kind: string | undefined): Gone['gone'] {
  return kind === 'login' || kind === 'rotated' ? kind : 'destroyed'
}

/** `pid` of a holder of ours. */
export function isOurs(token: string): boolean {
  return token.split('|').length === 3
}

/** What a message says of a grant: `token`, or `token \n writes \n state \n data`. */
export function grantIn(message: Buffer): { token: string; granted?: Found } {
  const first = message.indexOf(LINE)
  if (first < 0) return { token: message.toString() }
  const second = message.indexOf(LINE, first + 1)
  const third = message.indexOf(LINE, second + 1)
  const part = (from: number, to: number) => message.toString('latin1', from, to)
  return {
    token: part(0, first),
    granted: foundIn(message.subarray(third + 1), part(first + 1, second), part(second + 1, third)),
  }
}

const LINE = 0x0a

/** `token, request, held-ms` from `at` on, all of them empty where nobody is known. */
export function holderOrUnknown(reply: Reply, at: number): Holder {
  const who = { token: text(reply, at), request: text(reply, at + 1) }
  const held = text(reply, at + 2)
  if (held === 'released') return { ...who, heldFor: undefined, released: true }
  if (held === 'reset') return { ...who, heldFor: undefined, reset: true }
  const heldFor = Number(held)
  return { ...who, heldFor: heldFor < 0 ? undefined : heldFor }
}

/** The same; undefined where nobody is known. */
export function holder(reply: Reply, at: number): Holder | undefined {
  const found = holderOrUnknown(reply, at)
  return found.token === '' && found.heldFor === undefined && !found.reset ? undefined : found
}

/** `token, request, held-ms, because` from `at` on. */
export function took(reply: Reply, at: number): { took?: Took } {
  const because = text(reply, at + 3)
  return because === 'broken' || because === 'lapsed' || because === 'reset'
    ? { took: { because, from: holderOrUnknown(reply, at) } }
    : {}
}

export const INSPECTED_FIELDS = [
  'data', 'writes', 'state', 'lock', 'pid', 'req', 'wait', 'queue', 'gone', 'reset',
] // biome-ignore format: the order is the format

/** A record's fields in the order of `INSPECTED_FIELDS`, its TTL, and the server's time. Undefined for no session. */
export function inspected(key: string, f: Reply, ttl: number, now: number): Inspected | undefined {
  const token = text(f, 4)
  const ours = isOurs(token)
  const held = count(f, 3) > 0
  if (f[8] && (ours || !(held || f[0]))) return undefined
  const state = text(f, 2)
  const ends = endsAt(state)
  if (ends > 0 && ends <= now) return undefined
  const [lease, since] = STATE.test(state) ? [stampIn(state, LEASE), stampIn(state, SINCE)] : [0, 0]
  const kind: Held['kind'] = !ours ? 'php' : lease === 0 ? 'entering' : 'ours'
  return {
    key,
    ...found(f, 0),
    holder: held
      ? {
          token,
          request: text(f, 5),
          heldFor: ours && since > 0 ? Math.max(now - since, 0) : undefined,
          kind,
          leaseLeft: kind === 'ours' ? lease - now : 0,
        }
      : undefined,
    waiters: Number(/^\d+ \d+ (\d+)/.exec(text(f, 7))?.[1] ?? 0),
    phpWaiters: count(f, 6),
    ttl: ttl < 0 ? undefined : ttl,
    at: writtenAt(state),
    // As in scripts/common.lua: met by a step, or not yet.
    ...(text(f, 9) !== '' || (!held && ours && lease > 0) ? { reset: true as const } : {}),
  }
}

/** The waiters in all fields of a record whose time is not over. */
export function livingIn(fields: Record<string, string>, now: number): number {
  const deadlines = Object.entries(fields)
    .filter(([field]) => /^w:\d+$/.test(field))
    .map(([, waiter]) => Number(waiter.split(' ')[1]))
  return deadlines.filter(deadline => deadline > now).length
}
