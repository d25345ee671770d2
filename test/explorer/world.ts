// One state of all: the record, what each client knows, and what only the explorer knows.
import type { Snapshot } from './record.ts'

/** What a request does. `php` is a request of the reference handler. */
export type Kind = 'write' | 'optimistic' | 'unlocked' | 'create' | 'destroy' | 'login' | 'rotate' | 'php'

export interface Read {
  data: string
  writes: number
  born: string
  /** Of the explorer: the life of the record that was read. */
  life: number
}

/** By a message, which may be older than what the record says by now, or by an answer. */
export interface Handed {
  read: Read
  claims: boolean
}

export interface Sent {
  mode: 'exclusive' | 'optimistic' | 'unlocked' | 'create'
  base: Read
  id: string
  number: number
  data: string
  keep: boolean
  /** Of the explorer: the version that it was written as, 0 if it was not, and in which life. */
  wrote: number
  life: number
}

export interface Client {
  name: string
  process: string
  /** Its requests, one after the other. */
  requests: readonly Kind[]
  turn: number
  /**
   * `asked` for the lock, and heard no answer · `pending`: sent a commit, and heard no answer · `ending`: sent the end of the session,
   * and heard no answer · `polling`, `entering` and `checked` are PHP's · `mistaken`: it began, and its claim of the lock was refused
   */
  phase:
    | 'idle'
    | 'asked'
    | 'waiting'
    | 'holding'
    | 'mistaken'
    | 'entombing'
    | 'ending'
    | 'read'
    | 'pending'
    | 'polling'
    | 'entering'
    | 'checked'
    | 'done'
  arrival: number | undefined
  /** The holder that it saw when it looked last. */
  saw: { token: string; kind: string; writes: number } | undefined
  /** What it works with. */
  read: Read | undefined
  /** What it was handed while it waits, in order. */
  handed: readonly Handed[]
  /** It has begun with what a message told, and has not claimed the lock yet. */
  unclaimed: boolean
  commits: number
  kept: number
  sent: Sent | undefined
  polled: boolean
  /** Locks that its process was handed for requests that had ended. */
  owes: readonly string[]
}

/** What can still happen, so many times. */
export interface Left {
  lapses: number
  evictions: number
  /** Tombstones that end. */
  endings: number
  breaks: number
  losses: number
  leaves: number
  polls: number
  deafness: number
}

export interface World {
  record: Snapshot
  /** ms since the start. */
  now: number
  steps: number
  clients: readonly Client[]
  left: Left
  /** Counts the lives of the record under its name. */
  life: number
  /** The commits of this life that were written. */
  written: readonly string[]
  /** The process that no message reaches; '' for none. */
  deaf: string
}

export interface Scene {
  name: string
  clients: { process: string; requests: Kind[] }[]
  left: Partial<Left>
  /** Commits of one request that keep the lock. */
  keeps?: number
  releases?: boolean
  renews?: boolean
  /** Messages may come after the answer of a look that was sent after them. */
  late?: boolean
  /** A record remembers the latest two commits. */
  shortMemory?: boolean
}

export const current = (client: Client): Kind => client.requests[client.turn] as Kind

export function tokenOf(client: Client): string {
  if (current(client) === 'php') return `web|77${client.name.charCodeAt(0)}`
  return `web|1|${client.process}.${client.name}${client.turn + 1}`
}

const FRESH = {
  phase: 'idle',
  arrival: undefined,
  saw: undefined,
  read: undefined,
  handed: [],
  unclaimed: false,
  commits: 0,
  kept: 0,
  sent: undefined,
  polled: false,
} as const

export function clientsOf(scene: Scene): Client[] {
  return scene.clients.map(({ process, requests }, n) => ({
    name: 'abcdefg'[n] as string,
    process,
    requests,
    turn: 0,
    owes: [],
    ...FRESH,
  }))
}

/** This request has ended; the next one begins whenever it likes. */
export function ended(client: Client): Client {
  if (client.turn + 1 === client.requests.length) return { ...client, ...FRESH, phase: 'done' }
  return { ...client, ...FRESH, turn: client.turn + 1 }
}

export const NOTHING_LEFT: Left = {
  lapses: 0,
  evictions: 0,
  endings: 0,
  breaks: 0,
  losses: 0,
  leaves: 0,
  polls: 0,
  deafness: 0,
}
