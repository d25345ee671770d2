// What a record says, for those who judge it.

export const START_SECONDS = 1_800_000_000
export const START_MS = START_SECONDS * 1000

export interface Snapshot {
  /** All fields; empty where there is no key. */
  hash: Record<string, string>
  ttl: number
  expires: boolean
  /** As DUMP has it; empty where there is no key. */
  blob: Buffer | ''
}

export const NO_KEY: Snapshot = { hash: {}, ttl: 0, expires: true, blob: '' }

export function hashOf(fields: readonly string[]): Record<string, string> {
  const hash: Record<string, string> = {}
  for (let i = 0; i < fields.length; i += 2) hash[fields[i] as string] = fields[i + 1] as string
  return hash
}

export interface State {
  untaken: boolean
  lease: number
  since: number
  ends: number
  created: number
  at: number
  named: number
  touches: string
  born: string
  ids: string[]
}

export function stateOf(text: string | undefined): State | undefined {
  const [, flag, lease, since, ends, created, at, named, touches, born, ids] =
    /^1([ g])(\d+) (\d+) (\d+) (\d+) (\d+) (\d+) (\d+) (\S+)(.*)$/.exec(text ?? '') ?? []
  if (flag === undefined) return undefined
  return {
    untaken: flag === 'g',
    lease: Number(lease),
    since: Number(since),
    ends: Number(ends),
    created: Number(created),
    at: Number(at),
    named: Number(named),
    touches: touches ?? '',
    born: born ?? '-',
    ids: (ids ?? '').split(' ').filter(id => id !== ''),
  }
}

/** The same state with a lease that is over. */
export function lapsed(text: string): string {
  return `${text.slice(0, 2)}0000000000001${text.slice(15)}`
}

export interface Place {
  number: number
  token: string
  deadline: number
}

export function placesOf({ hash }: Snapshot): Place[] {
  return Object.entries(hash)
    .filter(([field]) => field.startsWith('w:'))
    .map(([field, text]) => {
      const [token = '', deadline] = text.split(' ')
      return { number: Number(field.slice(2)), token, deadline: Number(deadline) }
    })
    .sort((one, other) => one.number - other.number)
}

/** `head tail count from>to … nonce …` */
export function queueOf({ hash }: Snapshot) {
  if (hash.queue === undefined) return undefined
  const [head, tail, count, ...words] = hash.queue.split(' ')
  const gaps = words.map(word => word.split('>').map(Number)).filter(gap => gap.length === 2)
  const mute = words.filter(word => !word.includes('>'))
  return { head: Number(head), tail: Number(tail), count: Number(count), gaps, mute }
}

export const isOurs = (token: string): boolean => token.split('|').length === 3
export const processOf = (token: string): string => /^[^|]*\|[^|]*\|(.+)\.\w+$/.exec(token)?.[1] ?? ''

/** A tombstone counts as none, unless PHP has begun a session in its place. */
export function isSession({ hash }: Snapshot): boolean {
  if (Object.keys(hash).length === 0) return false
  return hash.gone === undefined || !isOurs(hash.pid ?? '')
}

export interface Holding {
  kind: 'free' | 'ours' | 'lapsed' | 'php' | 'entering'
  token: string
}

export function holdingOf(record: Snapshot, now: number): Holding {
  const { lock = '0', pid = '', state } = record.hash
  if (!(Number(lock) > 0)) return { kind: 'free', token: '' }
  if (!isOurs(pid)) return { kind: 'php', token: pid }
  const lease = stateOf(state)?.lease ?? 0
  if (lease === 0) return { kind: 'entering', token: pid }
  return { kind: lease > START_MS + now ? 'ours' : 'lapsed', token: pid }
}

/** The commits that the data is made of. */
export const idsIn = (data: string | undefined): string[] => (data ? data.split(',') : [])
