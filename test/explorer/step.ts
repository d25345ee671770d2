// What can happen in a state, and the state after it.
import { holdingOf, idsIn, isSession, lapsed, placesOf, queueOf, type Snapshot, START_MS, stateOf } from './record.ts' // biome-ignore format: one glance
import type { Step, Stepped } from './redis.ts'
import { type Move, movesOf, readOf } from './requests.ts'
import { type Client, type Scene, tokenOf, type World } from './world.ts'

/** As PHP_POLL_MS and PHP_LATE_MS of the scripts. */
const WINDOW_MS = 600

export function movesIn(world: World, scene: Scene): Move[] {
  const all = [...world.clients.flatMap(client => movesOf(client, world, scene)), ...happenings(world)]
  return all.filter(({ uses }) => uses === undefined || world.left[uses] > 0)
}

/** What nobody does. */
function happenings({ record, now, deaf, clients }: World): Move[] {
  const moves: Move[] = []
  const event = { client: undefined, token: '', usual: false, next: (client: Client) => client }
  const { state, gone, poll } = record.hash
  const holding = holdingOf(record, now)
  if (holding.kind === 'ours' && state) {
    const words = `the lease of ${holding.token} ends`
    moves.push({ ...event, words, script: 'set', args: ['state', lapsed(state)], uses: 'lapses' })
  }
  if (record.blob.length > 0) {
    moves.push({ ...event, words: 'Redis evicts the key', script: 'evict', args: [], uses: 'evictions' })
  }
  if (gone && !gone.includes(' 1 ')) {
    const over = gone.replace(/^(1 \w+) .*/, '$1 1 0')
    moves.push({
      ...event,
      words: 'the tombstone ends',
      script: 'set',
      args: ['gone', over],
      uses: 'endings',
    })
  }
  if (deaf) {
    moves.push({ ...event, words: `${deaf} hears messages again`, script: 'nothing', args: [], deafens: '' })
  } else {
    for (const process of new Set(clients.map(client => client.process))) {
      const words = `${process} hears no messages any more`
      moves.push({ ...event, words, script: 'nothing', args: [], uses: 'deafness', deafens: process })
    }
  }
  if (poll) {
    moves.push({ ...event, words: `${WINDOW_MS} ms pass`, script: 'nothing', args: [], uses: 'polls', passes: WINDOW_MS, usual: true }) // biome-ignore format: one step
  }
  return moves
}

export function stepOf(world: World, move: Move): Step {
  return {
    script: move.script,
    args: move.args,
    now: world.now + (move.passes ?? 0),
    steps: world.steps,
    deaf: world.deaf,
  }
}

export function after(before: World, move: Move, { reply, after: record, messages }: Stepped): World {
  const now = before.now + (move.passes ?? 0)
  const left = move.uses
    ? { ...before.left, [move.uses]: Math.max(before.left[move.uses] - 1, 0) }
    : before.left
  const ended = isSession(before.record) && !isSession(record)
  const began = move.commit?.sent.mode === 'create' && wrote(before.record, move, record)
  const life = before.life + (ended || began ? 1 : 0)
  const deaf = move.deafens ?? before.deaf
  const world: World = { ...before, deaf, record, now, left, life, steps: before.steps + 1, written: written(before, move, record, life) } // biome-ignore format: one step
  let clients = before.clients.map(client =>
    client.name === move.client ? noted(move.next(client, reply, world), before, move, world) : client,
  )
  for (const { text } of messages) clients = told(clients, text, world)
  const handed = move.hands?.(reply, world)
  if (handed) clients = handedTo(clients, handed)
  return { ...world, clients }
}

/** Whether this step stored what the move sends. */
export function wrote(before: Snapshot, { commit }: Move, after: Snapshot): boolean {
  if (!commit?.arrives) return false
  return before.hash.data !== commit.sent.data && after.hash.data === commit.sent.data
}

function written(before: World, move: Move, record: Snapshot, life: number): readonly string[] {
  const kept = life === before.life ? before.written : []
  // An unlocked commit may overwrite what it has not seen, and be overwritten by who has not seen it.
  if (wrote(before.record, move, record)) {
    const { mode = '', id = '' } = move.commit?.sent ?? {}
    return mode === 'unlocked' ? [] : [...kept, id]
  }
  // PHP looks whether it still has the lock, and writes later: what it drops in between is its own doing.
  if (move.script === 'phpWrite') return idsIn(record.hash.data)
  return kept
}

/** What the client itself does not know. */
function noted(client: Client, before: World, move: Move, world: World): Client {
  if (!client.sent || !move.commit) return client
  const now = wrote(before.record, move, world.record)
  return {
    ...client,
    sent: {
      ...client.sent,
      wrote: now ? Number(world.record.hash.writes) : 0,
      life: now ? world.life : client.sent.life,
    },
  }
}

/** `token` alone, or `token \n writes \n state \n data` of a grant. */
function told(clients: Client[], text: string, world: World): Client[] {
  const [token = '', writes = '', state = '', ...data] = text.split('\n')
  if (state === '') return clients
  const read = readOf(data.join('\n'), writes, state, world)
  return clients.map(client =>
    client.phase === 'waiting' && tokenOf(client) === token
      ? { ...client, handed: [...client.handed, { read, claims: true }] }
      : client,
  )
}

/** One that waits begins with it; where that request has ended, its process gives the lock back. */
function handedTo(clients: Client[], { token, read }: NonNullable<ReturnType<NonNullable<Move['hands']>>>) {
  const owner = clients.find(client => tokenOf(client) === token && client.phase !== 'done')
  if (owner && owner.phase !== 'idle') {
    const waits = owner.phase === 'waiting' || owner.phase === 'asked'
    return clients.map(client =>
      client === owner && waits ? { ...client, handed: [{ read, claims: false }] } : client,
    )
  }
  const name = /\.([a-g])\d+$/.exec(token)?.[1]
  return clients.map(client => (client.name === name ? { ...client, owes: [...client.owes, token] } : client))
}

/**
 * What tells one state from another, with times as relations to now and numbers in the queue as ranks: what follows from two
 * states with the same text is the same.
 */
export function fingerprint(world: World): string {
  const { record, now, clients, left, life, written, deaf } = world
  const { state, poll, gone, lock, ...fields } = record.hash
  const places = placesOf(record)
  const queue = queueOf(record)
  const numbers = places.map(place => place.number)
  if (queue) numbers.push(queue.head, queue.tail, ...queue.gaps.flat())
  for (const { arrival } of clients) if (arrival !== undefined) numbers.push(arrival)
  const ranks = new Map([...new Set(numbers)].sort((one, other) => one - other).map((n, rank) => [n, rank]))
  const rank = (n: number | string | undefined) => (n === undefined ? '' : ranks.get(Number(n)))
  const timed = poll !== undefined || Number(lock) > 1
  const ms = (time: number) => (time === 0 ? 0 : timed ? time - START_MS - now : '+')
  const s = stateOf(state)
  const parts: unknown[] = [
    lock, fields.data, fields.pid, fields.writes, fields.wait, fields.old, gone?.replace(/\d{3,}/g, '+'), record.expires,
    s && [s.untaken, s.lease === 0 ? 0 : s.lease > START_MS + now ? 1 : -1, ms(s.since), s.touches, s.born, s.ids],
    poll?.replace(/\d{5,}/g, time => String(Number(time) - START_MS - now)),
    queue && [rank(queue.head), rank(queue.tail), queue.count, queue.gaps.map(gap => gap.map(rank)), queue.mute],
    places.map(place => [rank(place.number), place.token]),
    clients.map(c => [c.turn, c.phase, rank(c.arrival), c.saw, seen(c.read, life), c.handed.map(({ read, claims }) => [seen(read, life), claims]), c.unclaimed, c.commits, c.kept,
      c.sent && [c.sent.mode, c.sent.base.writes, c.sent.base.born, c.sent.data, c.sent.keep, c.sent.wrote, c.sent.life === life],
      c.polled, c.owes]),
    Object.values(left), written, deaf,
  ] // biome-ignore format: one glance
  return JSON.stringify(parts)
}

const seen = (read: Client['read'], life: number) =>
  read && [read.data, read.writes, read.born, read.life === life]
