import type { Found, Held, Holder, Inspected, Took } from '../store.ts'

/** Record, queue and deadlines; the braces put all three into one cluster slot. */
export function keysOf(prefix: string, name: string): [record: string, queue: string, deadlines: string] {
  const record = `${prefix}${name}`
  return [record, `{${record}}:queue`, `{${record}}:deadlines`]
}

/** What SCAN's MATCH takes for the keys of all records. */
export function patternOf(prefix: string): string {
  return `${prefix.replace(/[\\*?[\]]/g, '\\$&')}*`
}

/** Among the deadlines is also `!token` of who lost its lock, until that is forgotten. */
export function isWaiter(member: string): boolean {
  return !member.startsWith('!')
}

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

/** `data, writes, touches, born` from `at` on. */
export function found(reply: Reply, at: number): Found {
  return {
    data: reply[at] ?? undefined,
    writes: number(reply, at + 1),
    touches: number(reply, at + 2),
    born: text(reply, at + 3),
  }
}

/** `token, request, held-ms` from `at` on, all of them empty where nobody is known. */
export function whoever(reply: Reply, at: number): Holder {
  const who = { token: text(reply, at), request: text(reply, at + 1) }
  if (text(reply, at + 2) === 'released') return { ...who, heldFor: undefined, released: true }
  const heldFor = number(reply, at + 2)
  return { ...who, heldFor: heldFor < 0 ? undefined : heldFor }
}

/** The same; undefined where nobody is known. */
export function holder(reply: Reply, at: number): Holder | undefined {
  const found = whoever(reply, at)
  return found.token === '' && found.heldFor === undefined ? undefined : found
}

/** `token, request, held-ms, because` from `at` on. */
export function took(reply: Reply, at: number): { took?: Took } {
  const because = text(reply, at + 3)
  return because === 'broken' || because === 'lapsed' ? { took: { because, from: whoever(reply, at) } } : {}
}

export const INSPECTED_FIELDS = [
  'data', 'writes', 'touches', 'born', 'lock', 'pid', 'req', 'lease', 'since', 'wait', 'created',
] // biome-ignore format: the order is the format

/** A record's fields in the order of `INSPECTED_FIELDS`, its TTL, its living waiters and the server's time. */
export function inspected(key: string, f: Reply, ttl: number, waiters: number, now: number): Inspected {
  const token = text(f, 5)
  const lease = f[7] ? number(f, 7) : undefined
  const ours = token.split('|').length === 3
  const kind: Held['kind'] = !ours ? 'php' : lease === undefined ? 'entering' : 'ours'
  const held = number(f, 4) > 0
  return {
    key,
    ...found(f, 0),
    holder: held
      ? {
          token,
          request: text(f, 6),
          heldFor: ours && f[8] ? Math.max(now - number(f, 8), 0) : undefined,
          kind,
          leaseLeft: kind === 'ours' && lease !== undefined ? lease - now : 0,
        }
      : undefined,
    waiters,
    phpWaiters: number(f, 9),
    ttl: ttl < 0 ? undefined : ttl,
    created: f[10] ? number(f, 10) : undefined,
  }
}
