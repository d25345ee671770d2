// What a client does next, given the answers that it has had. Each request is a legal one: it does what the handler would do.
import { commitId } from '../../src/commit-id.ts'
import { stateOf } from './record.ts'
import { CHANNEL, type Script } from './redis.ts'
import {
  type Client,
  current,
  ended,
  type Handed,
  type Left,
  type Read,
  type Scene,
  type Sent,
  tokenOf,
  type World,
} from './world.ts'

export interface Move {
  words: string
  /** Undefined for what happens without a client. */
  client: string | undefined
  token: string
  script: Script
  args: (string | number)[]
  /** Uses one of what is left. */
  uses?: keyof Left
  /** A client that does nothing unusual ends by moves of this kind. */
  usual: boolean
  /** ms that pass before it. */
  passes?: number
  breaks?: string
  /** From now on no message reaches this process; '' for none. */
  deafens?: string
  commit?: { sent: Sent; again: boolean; arrives: boolean }
  /** It ends the session only as this was read of it. */
  expects?: Read
  next: (client: Client, reply: string[], world: World) => Client
  /** What it tells other requests of this process. */
  hands?: undefined | ((reply: string[], world: World) => { token: string; read: Read } | undefined)
}

const LEASE_MS = 60_000
const TTL_MS = 36_000_000
const PATIENCE_MS = 600_000
const TOMBSTONE_MS = 60_000
const GRACE_MS = 10_000
/** Where a session goes on that was rotated. */
export const POINTER = 'on'

export function caller(token: string): (string | number)[] {
  return [token, 'GET /', LEASE_MS, LEASE_MS, CHANNEL]
}

export function readOf(data: string, writes: string, state: string, world: World): Read {
  const born = stateOf(state)?.born ?? '-'
  return { data, writes: Number(writes), born: born === '-' ? '' : born, life: world.life }
}

export function movesOf(client: Client, world: World, scene: Scene): Move[] {
  const moves = client.owes.map(token => giveBack(client, token))
  switch (client.phase) {
    case 'idle':
      return [...moves, ...begin(client, world, scene)]
    case 'asked':
      return [
        ...moves,
        acquire(client, 'asks again', { again: true }),
        leave(client, 'leaves without a place', ''),
      ]
    case 'waiting':
      return [...moves, ...wait(client, scene)]
    case 'holding':
      return [...moves, ...work(client, scene)]
    case 'ending':
      return [...moves, ends(client, 'ends the session once more')]
    case 'entombing':
      return [...moves, destroy(client, true)]
    case 'mistaken':
      // Its commit may be on the way by the time that it hears.
      return [
        ...moves,
        { ...quiet(client), words: 'hears that it has no lock', usual: true, next: owing },
        { ...(work(client, scene)[0] as Move), next: owing },
      ]
    case 'read': {
      if (current(client) === 'php') return [...moves, php(client)]
      const mode = current(client) === 'unlocked' ? 'unlocked' : 'optimistic'
      return [...moves, ...commits(client, mode, false)]
    }
    case 'pending':
      return [...moves, again(client)]
    case 'polling':
    case 'entering':
    case 'checked':
      return [...moves, php(client)]
    case 'done':
      return moves
  }
}

function begin(client: Client, world: World, scene: Scene): Move[] {
  switch (current(client)) {
    case 'write':
    case 'login':
    case 'rotate':
      return [
        acquire(client, 'asks for the lock'),
        acquire(client, 'asks for the lock, and its answer is lost', { lost: true }),
      ]
    case 'optimistic':
    case 'unlocked':
      return [read(client)]
    case 'create': {
      const base: Read = { data: '', writes: 0, born: '', life: world.life }
      const made = { ...client, read: base }
      return [...commits(made, 'create', false), ...(scene.keeps ? commits(made, 'create', true) : [])]
    }
    case 'destroy':
      return [destroy(client)]
    case 'php':
      return [php(client)]
  }
}

function wait(client: Client, scene: Scene): Move[] {
  const late = scene.late === true
  const moves = [acquire(client, 'looks', { late })]
  const [handed] = client.handed
  if (handed) moves.push(begins(client, handed))
  const { saw } = client
  if (saw && saw.token !== '' && saw.kind !== 'entering') {
    moves.push(acquire(client, `breaks the lock of ${saw.token}`, { breaks: true, late }))
  }
  moves.push(leave(client, 'leaves', client.arrival ?? ''))
  return moves
}

/** With the data of the message, before it has claimed the lock; what an answer of its own process hands on needs no claim. */
function begins(client: Client, { read, claims }: Handed): Move {
  return {
    ...quiet(client),
    words: 'begins with what it was handed',
    usual: true,
    next: waiter => ({
      ...waiter,
      phase: 'holding',
      read,
      unclaimed: claims,
      arrival: undefined,
      handed: [],
      saw: undefined,
    }),
  }
}

/** What renews its lease before that is a claim as well. */
function claim(client: Client): Move {
  return {
    ...renew(client),
    words: 'claims the lock',
    args: [...caller(tokenOf(client)), client.read?.writes ?? ''],
    usual: true,
    next: (holder, [outcome]) =>
      outcome === 'renewed' ? { ...holder, unclaimed: false } : { ...holder, phase: 'mistaken' },
  }
}

/** It ends, and gives back whatever it may have. */
function owing(client: Client): Client {
  return { ...ended(client), owes: [...client.owes, tokenOf(client)] }
}

function work(client: Client, scene: Scene): Move[] {
  const moves = succession(client) ?? commits(client, 'exclusive', false)
  if (client.unclaimed) moves.push(claim(client))
  if (!succession(client) && client.kept < (scene.keeps ?? 0))
    moves.push(...commits(client, 'exclusive', true))
  if (scene.releases) moves.push(release(client))
  if (scene.renews && !client.unclaimed) moves.push(renew(client))
  return moves
}

interface Asking {
  again?: boolean
  lost?: boolean
  breaks?: boolean
  late?: boolean
}

function acquire(client: Client, words: string, { again, lost, breaks, late = false }: Asking = {}): Move {
  const token = tokenOf(client)
  const named = breaks ? client.saw : undefined
  const args = [PATIENCE_MS, 0, client.arrival ?? '', named?.token ?? '', named?.kind === 'php' ? named.writes : '', again ? 1 : 0, 0] // biome-ignore format: the script's order
  return {
    words,
    client: client.name,
    token,
    script: 'acquire',
    args: [...caller(token), ...args],
    usual: !lost && !breaks,
    ...(breaks ? { uses: 'breaks', breaks: named?.token ?? '' } : lost ? { uses: 'losses' } : {}),
    next: (asker, reply, world) =>
      lost ? { ...asker, phase: 'asked' } : answered(asker, reply, world, late),
  }
}

function answered(client: Client, reply: string[], world: World, late: boolean): Client {
  const [outcome, ...rest] = reply
  if (outcome === 'granted') {
    const [data = '', writes = '', state = ''] = rest
    const read = readOf(data, writes, state, world)
    return { ...client, phase: 'holding', read, arrival: undefined, handed: [], saw: undefined }
  }
  if (outcome === 'queued') {
    const saw = { token: rest[3] ?? '', kind: rest[6] ?? '', writes: Number(rest[8]) }
    // Only a message may come after a later answer.
    const handed = late ? client.handed.filter(({ claims }) => claims) : []
    return { ...client, phase: 'waiting', arrival: Number(rest[0]), saw, handed }
  }
  return ended(client)
}

function leave(client: Client, words: string, arrival: number | ''): Move {
  const token = tokenOf(client)
  return {
    words,
    client: client.name,
    token,
    script: 'leave',
    args: [...caller(token), arrival, 0],
    uses: 'leaves',
    usual: false,
    next: ended,
    hands: handedAt(1),
  }
}

/** The lock, or the place, of a request that has ended. */
function giveBack(client: Client, token: string): Move {
  return {
    words: `gives back what it has as ${token}`,
    client: client.name,
    token,
    script: 'leave',
    args: [...caller(token), '', 0],
    usual: true,
    next: owner => ({ ...owner, owes: owner.owes.filter(owed => owed !== token) }),
    hands: handedAt(1),
  }
}

function release(client: Client): Move {
  const token = tokenOf(client)
  const args = [...caller(token), 0, 0, 0, 0]
  return { words: 'releases', client: client.name, token, script: 'release', args, usual: false, next: client.unclaimed ? owing : ended, hands: handedAt(1) } // biome-ignore format: one step
}

function renew(client: Client): Move {
  const token = tokenOf(client)
  return {
    words: 'renews its lease',
    client: client.name,
    token,
    script: 'renew',
    args: [...caller(token), ''],
    usual: false,
    next: (holder, reply) => (reply[0] === 'renewed' ? holder : ended(holder)),
  }
}

function read(client: Client): Move {
  return {
    ...quiet(client),
    words: 'reads',
    script: 'look',
    usual: true,
    next: (reader, [data = '', writes = '', state = '', gone], world) =>
      gone || state === ''
        ? ended(reader)
        : { ...reader, phase: 'read', read: readOf(data, writes, state, world) },
  }
}

/** PHP may have looked before the tombstone was there, and sign after it: then it is put back once. */
function destroy(client: Client, again = false): Move {
  const token = tokenOf(client)
  const kind = current(client) === 'login' ? 'login' : 'destroyed'
  return {
    words: again ? 'puts the tombstone back over PHP' : 'destroys the session',
    client: client.name,
    token,
    script: 'destroy',
    args: [...caller(token), kind, TOMBSTONE_MS, 0, again ? 1 : 0, '', 0, ''],
    usual: true,
    next: (ender, reply) => (!again && reply[4] === '1' ? { ...ender, phase: 'entombing' } : ended(ender)),
  }
}

/** Its session is stored under another id, and this one ends only if it is as it was read. */
function succession(client: Client): Move[] | undefined {
  const kind = current(client)
  if (kind !== 'login' && kind !== 'rotate') return undefined
  const words = kind === 'login' ? 'ends the session by a login' : 'ends the session by a rotation'
  return [
    ends(client, words),
    { ...ends(client, `${words}, and the answer is lost`), uses: 'losses', usual: false, next: ender => ({ ...ender, phase: 'ending' }) }, // biome-ignore format: one step
  ]
}

function ends(client: Client, words: string): Move {
  const token = tokenOf(client)
  const expects = client.read as Read
  const rotates = current(client) === 'rotate'
  return {
    words,
    client: client.name,
    token,
    script: 'destroy',
    args: [
      ...caller(token),
      rotates ? 'rotated' : 'login',
      TOMBSTONE_MS,
      GRACE_MS,
      0,
      'exclusive',
      expects.writes,
      expects.born,
      client.unclaimed ? 1 : 0,
      rotates ? POINTER : '',
    ],
    usual: true,
    expects,
    next: (ender, reply) => {
      if (reply[0] === 'refused') return owing(ender)
      return reply[4] === '1' ? { ...ender, phase: 'entombing' } : ended(ender)
    },
  }
}

function commits(client: Client, mode: Sent['mode'], keep: boolean): Move[] {
  const base = client.read as Read
  const number = client.commits + 1
  const id = commitId(tokenOf(client), number)
  const data = mode === 'create' ? id : `${base.data},${id}`
  const sent: Sent = { mode, base, id, number, data, keep, wrote: 0, life: base.life }
  const words = `${mode === 'create' ? 'creates the session' : 'commits'}${keep ? ' and keeps the lock' : ''}`
  return [
    { ...commit(client, sent, false), words },
    { ...commit(client, sent, false), words: `${words}, and its answer is lost`, uses: 'losses', usual: false, hands: undefined, next: pending(sent) }, // biome-ignore format: one step
    { ...quiet(client), words: `${words}, which never arrives`, uses: 'losses', commit: { sent, again: false, arrives: false }, next: pending(sent) }, // biome-ignore format: one step
  ]
}

function pending(sent: Sent): Move['next'] {
  return client => ({ ...client, phase: 'pending', sent, commits: sent.number })
}

function again(client: Client): Move {
  return { ...commit(client, client.sent as Sent, true), words: 'sends its commit again' }
}

function commit(client: Client, sent: Sent, again: boolean): Move {
  const { mode, base, id, number, keep, data } = sent
  const token = tokenOf(client)
  const args = [
    mode,
    base.writes,
    id,
    TTL_MS,
    0,
    keep ? 1 : 0,
    again ? 1 : 0,
    data,
    base.born,
    0,
    client.unclaimed ? 1 : 0,
  ]
  return {
    words: '',
    client: client.name,
    token,
    script: 'commit',
    args: [...caller(token), ...args],
    usual: true,
    commit: { sent, again, arrives: true },
    next: (writer, reply, world) =>
      committed({ ...writer, commits: number, sent: undefined }, sent, reply, world),
    hands: (reply, world) => {
      if (reply[0] !== 'written') return handedAt(5)(reply, world)
      const [, writes = '', state = '', next = ''] = reply
      return next === '' ? undefined : { token: next, read: readOf(data, writes, state, world) }
    },
  }
}

function committed(client: Client, sent: Sent, reply: string[], world: World): Client {
  if (reply[0] === 'written') {
    if (!sent.keep) return ended(client)
    const known = sent.base.born || !reply[2] ? sent.base.born : readOf('', '', reply[2], world).born
    const read = { data: sent.data, writes: Number(reply[1]), born: known, life: world.life }
    return { ...client, phase: 'holding', read, unclaimed: false, kept: client.kept + 1 }
  }
  return sent.keep || client.unclaimed || reply[1] === 'unknown' ? owing(client) : ended(client)
}

/** `token, cursor, data, writes, state` */
function handedAt(at: number): NonNullable<Move['hands']> {
  return (reply, world) => {
    const token = reply[at] ?? ''
    if (token === '') return undefined
    return { token, read: readOf(reply[at + 2] ?? '', reply[at + 3] ?? '', reply[at + 4] ?? '', world) }
  }
}

const PHP_POLL_MS = 500

function php(client: Client): Move {
  const token = tokenOf(client)
  const step = { client: client.name, token, usual: true }
  switch (client.phase) {
    case 'polling':
    case 'idle': {
      const polls = client.phase === 'polling'
      const got = (poller: Client, [lock]: string[]): Client =>
        lock === '1' ? { ...poller, phase: 'entering' } : { ...poller, phase: 'polling', polled: true }
      const waits = polls ? ({ passes: PHP_POLL_MS, uses: 'polls' } as const) : {}
      return { ...step, ...waits, words: 'adds one to lock (PHP)', script: 'phpLock', args: [], next: got }
    }
    case 'entering':
      return {
        ...step,
        words: 'signs (PHP)',
        script: 'phpSign',
        args: [token, client.polled ? 'polled' : ''],
        next: (signer, [data = ''], { life }) => ({
          ...signer,
          phase: 'read',
          read: { data, writes: 0, born: '', life },
        }),
      }
    case 'read':
      return {
        ...step,
        words: 'looks at pid (PHP)',
        script: 'phpCheck',
        args: [],
        next: (writer, [pid = '']) =>
          pid === '' || pid === token ? { ...writer, phase: 'checked' } : ended(writer),
      }
    default: {
      const { data = '' } = client.read ?? {}
      const id = `php.${client.name}${client.turn + 1}#1`
      return { ...step, words: 'writes and unlocks (PHP)', script: 'phpWrite', args: [data ? `${data},${id}` : id], next: ended } // biome-ignore format: one step
    }
  }
}

function quiet(client: Client): Move {
  return { words: '', client: client.name, token: tokenOf(client), script: 'nothing', args: [], usual: false, next: c => c } // biome-ignore format: one step
}
