import { type InspectedSession, inspected } from '../inspect.ts'
import { readablePhp } from '../php/readable.ts'
import { type Inspected, isGone } from '../store.ts'
import { command, DONE } from './command.ts'
import { atDesk, type Desk } from './desk.ts'
import { type FoundSession, findSession, keyOf, SESSION } from './find-session.ts'
import { answer } from './output.ts'
import { facts } from './table.ts'
import { count, duration, size } from './units.ts'
import { who } from './who.ts'

export const inspect = command({
  usage: 'inspect <session>',
  describe: 'Shows one session: who holds its lock, who waits, its size and its lifetime',
  examples: [
    ['latchkey inspect kT3x0a9bQe', 'the session that a log line names'],
    ['latchkey inspect kT3x0a9bQe --data', 'and what is in it'],
  ],
  options: line =>
    line.positional('session', SESSION).option('data', {
      type: 'boolean',
      default: false,
      describe: "Show the session's data too: it is personal data of a visitor",
    }),
  run: given =>
    atDesk(given, async desk => {
      const found = await findSession(desk, given.session)
      const seen = await lookAt(desk, found)
      const data = given.data ? await dataOf(desk, found.name) : undefined
      answer(given.json, { ...seen, ...(given.data ? { data } : {}) }, () => {
        const text = facts(lines(seen))
        if (!given.data) return text
        return `${text}\n\nThe data of this session, which belongs to a visitor:\n${JSON.stringify(data, null, 2)}`
      })
      return DONE
    }),
})

const FORMATS = {
  node: 'Latchkey 1',
  php: 'PHP (Cm_RedisSession)',
  'connect-redis': 'connect-redis: a text, which Latchkey opens only with adopt',
  ended: 'tombstone',
  newer: 'of a newer version of Latchkey: update to see more',
  other: 'not a session: a key of another program',
  missing: '',
}

type Seen = Awaited<ReturnType<typeof lookAt>>

async function lookAt(desk: Desk, { name, hash, glance }: FoundSession) {
  const { store, codec } = desk
  const base = {
    session: hash,
    key: keyOf(desk, name),
    kind: glance.kind,
    format: FORMATS[glance.kind],
  }
  const ttl = glance.ttl === undefined ? null : glance.ttl / 1000
  if (glance.kind === 'ended') {
    const gone = await store.read(name)
    const ended: keyof typeof ENDED = isGone(gone) ? gone.gone : (glance.ended ?? 'expired')
    return { ...base, ended, ttl }
  }
  const record = glance.session && (await store.inspect(name))
  if (!record) return { ...base, storedBytes: glance.bytes, ttl }
  return { ...base, ...viewed(await inspected(record, name, codec), record), written: ago(glance.written) }
}

function viewed(
  { ttl, created, encryptedWith, holder: lockedBy, key: _, ...view }: InspectedSession,
  { phpWaiters, holder }: Inspected,
) {
  return {
    ...view,
    holder: lockedBy ?? null,
    ttl: ttl ?? null,
    encryptedWith: encryptedWith ?? null,
    created: created?.toISOString() ?? null,
    age: created ? (Date.now() - created.getTime()) / 1000 : null,
    phpWaiters,
    leaseLeft: holder?.kind === 'ours' ? holder.leaseLeft : null,
  }
}

function ago(ms: number | undefined): number | null {
  return ms === undefined ? null : ms / 1000
}

function lines(seen: Seen): [string, string | undefined][] {
  const head: [string, string][] = [
    ['session', seen.session],
    ['key', seen.key ?? 'holds the id, and is not shown'],
  ]
  const expires: [string, string] = [
    'expires',
    seen.ttl === null ? 'never' : `in ${duration(seen.ttl * 1000)}`,
  ]
  if ('ended' in seen) return [...head, ['state', ENDED[seen.ended]], expires]
  if (!('writes' in seen)) {
    return [...head, ['format', seen.format], ['size', `${size(seen.storedBytes)} stored`], expires]
  }
  const { holder, leaseLeft, waiters, phpWaiters, writes, touches, created, age, written } = seen
  const lease =
    leaseLeft === null
      ? ''
      : leaseLeft < 0
        ? `, its lease is over: the next request takes it`
        : `, lease for ${duration(leaseLeft)} more`
  return [
    ...head,
    ['state', holder ? `locked by ${who(holder)}${lease}` : 'free'],
    ['waiting', `${count(waiters, 'request')}${phpWaiters > 0 ? `, and ${phpWaiters} of PHP` : ''}`],
    ['writes', `${writes}, and ${touches} times kept alive without a write`],
    ['created', created === null || age === null ? 'not known' : `${created} (${duration(age * 1000)} ago)`],
    ['written', written === null ? undefined : `${duration(written * 1000)} ago`],
    expires,
    ['size', sizes(seen)],
    ['encrypted', seen.encryptedWith === null ? undefined : `with the key ${seen.encryptedWith}`],
    ['format', seen.format],
  ]
}

const ENDED = {
  destroyed:
    'ended: the visitor logged out, or it was destroyed. This tombstone keeps late requests from bringing it back',
  login:
    'ended by a login: the visitor goes on under a new id. This tombstone keeps late requests from writing here',
  rotated:
    'the session goes on under a new id, to which this tombstone leads requests with the old one for a while',
  expired: 'past its absolute lifetime',
}

function sizes({
  storedBytes,
  bytes,
  compression,
}: Pick<InspectedSession, 'storedBytes' | 'bytes' | 'compression'>) {
  if (storedBytes === 0) return 'no data yet'
  if (bytes === undefined)
    return `${size(storedBytes)} stored, with ${compression}, which cannot be read here`
  if (compression === 'none') return `${size(storedBytes)}, not compressed`
  return `${size(storedBytes)} stored, ${size(bytes)} of data (${compression})`
}

async function dataOf({ overview, codec }: Desk, name: string): Promise<unknown> {
  const payload = await overview.payload(name)
  if (!payload) return null
  try {
    const data = await codec.decode(payload, name)
    // PHP has values that JSON has not.
    return codec.serializer.name === 'PHP' ? readablePhp(data) : data
  } catch (error) {
    return `cannot be read: ${(error as Error).message}`
  }
}
