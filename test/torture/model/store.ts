import type { Limits } from '../rules/rule.ts'
import type { World } from './world.ts'

export interface Version {
  born: string
  markers: string[]
  writes: number
}

interface Stored extends Version {
  holder: string | undefined
  lease: number
  /** As which version each commit was counted. */
  counted: Record<string, number>
}

export type Acquired = {
  outcome: 'granted' | 'queued' | 'missing' | 'busy'
  holder: string
  seen: Version | undefined
  took: { from: string; because: 'broken' | 'lapsed' } | undefined
}
export type Committed = { written: true; writes: number } | { written: false; why: string }

export interface Writing {
  op: string
  marker: string
  mode: 'exclusive' | 'create' | 'optimistic'
  base: Version
  keep: boolean
}

/** Errors that can be planted, so that the checker has something to find. */
export type Bug =
  | 'a commit asks nobody who has the lock'
  | 'a refused commit is stored'
  | 'a commit that is sent again runs again'
  | 'a late commit brings a session back'
  | 'the last to come is served first'
  | 'a held lock is granted'
  | 'a holder is broken at once'
  | 'one waiter fills the queue'

/** One session as it is promised: every step is whole, and what is sent again is answered as it was. */
export class Store {
  stored: Stored | undefined
  queue: string[] = []
  /** Sessions that were destroyed, by the commits that created them. */
  gone: string[] = []
  readonly #world: World
  readonly #bug: Bug | undefined
  readonly #heard: (op: string) => boolean
  readonly #limits: Limits
  /** When each waiter asked first, and last. */
  readonly #waits: Map<string, { first: number; last: number }>

  constructor(
    world: World,
    bug: Bug | undefined,
    heard: (op: string) => boolean,
    limits: Limits,
    waits = new Map(),
  ) {
    this.#world = world
    this.#bug = bug
    this.#heard = heard
    this.#limits = limits
    this.#waits = waits
  }

  copy(): Store {
    const copy = new Store(this.#world, this.#bug, this.#heard, this.#limits, this.#waits)
    const { stored, queue, gone } = structuredClone({
      stored: this.stored,
      queue: this.queue,
      gone: this.gone,
    })
    return Object.assign(copy, { stored, queue, gone })
  }

  lose(): void {
    this.stored = undefined
    this.queue = []
    this.gone = []
  }

  read(): Version | undefined {
    return this.stored && { ...this.stored }
  }

  acquire(op: string, breaks: string | undefined): Acquired {
    const { stored } = this
    const answer = (outcome: Acquired['outcome'], took?: Acquired['took']): Acquired => ({
      outcome, took, holder: stored?.holder ?? '', seen: this.read(),
    }) // biome-ignore format: one glance
    if (!stored) return answer('missing')
    if (stored.holder === op || (stored.holder && this.#bug === 'a held lock is granted'))
      return answer('granted')
    let took: Acquired['took']
    const lapsed = stored.lease < this.#world.now
    if (stored.holder && (lapsed || breaks === stored.holder || this.#bug === 'a holder is broken at once')) {
      took = { from: stored.holder, because: lapsed ? 'lapsed' : 'broken' }
      stored.holder = undefined
    }
    if (!this.queue.includes(op) && !this.#waits.has(op) && stored.holder && this.#isFull())
      return answer('busy')
    this.#join(op)
    if (!stored.holder) this.#handOn()
    return answer(stored.holder === op ? 'granted' : 'queued', took)
  }

  commit({ op, marker, mode, base, keep }: Writing, again: boolean): Committed {
    const counted = this.stored?.counted[marker]
    if (counted !== undefined && !(again && this.#bug === 'a commit that is sent again runs again')) {
      return { written: true, writes: counted }
    }
    if (mode === 'create') {
      if (this.stored) return { written: false, why: 'exists' }
      if (this.gone.includes(marker)) return { written: false, why: 'destroyed' }
      const lease = this.#world.now + LEASE_MS
      const holder = keep ? op : undefined
      this.stored = { born: marker, markers: [marker], writes: 1, holder, lease, counted: { [marker]: 1 } }
      return { written: true, writes: 1 }
    }
    const revives = this.#bug === 'a late commit brings a session back'
    if (revives) this.stored ??= { ...base, holder: undefined, lease: 0, counted: {} }
    const { stored } = this
    if (!stored || (stored.born !== base.born && !revives)) return { written: false, why: 'destroyed' }
    const refused = this.#refusal(stored, op, mode, base)
    if (refused && this.#bug !== 'a refused commit is stored') return refused
    stored.markers = [...base.markers, marker]
    stored.writes += 1
    stored.counted[marker] = stored.writes
    if (refused) return refused
    if (!keep) this.release(stored.holder ?? op)
    return { written: true, writes: stored.writes }
  }

  release(op: string): void {
    this.queue = this.queue.filter(waiter => waiter !== op)
    if (this.stored?.holder !== op) return
    this.stored.holder = undefined
    this.#handOn()
  }

  destroy(): void {
    if (this.stored) this.gone.push(this.stored.born)
    this.stored = undefined
    this.queue = []
  }

  renew(op: string): void {
    if (this.stored?.holder === op) this.stored.lease = this.#world.now + LEASE_MS
  }

  #refusal(
    { holder, lease, writes }: Stored,
    op: string,
    mode: string,
    base: Version,
  ): Committed | undefined {
    if (this.#bug === 'a commit asks nobody who has the lock') return undefined
    const refused = (why: string): Committed => ({ written: false, why })
    if (mode === 'exclusive') return holder === op ? undefined : refused('lock-lost')
    if (writes !== base.writes) return refused('conflict')
    return holder && lease >= this.#world.now ? refused('conflict') : undefined
  }

  #join(op: string): void {
    const { now } = this.#world
    this.#waits.set(op, { first: this.#waits.get(op)?.first ?? now, last: now })
    const place = (waiter: string) => this.#waits.get(waiter)?.first ?? 0
    this.queue = [...new Set([...this.queue, op])].sort((a, b) => place(a) - place(b))
    if (this.#bug === 'the last to come is served first') this.queue.reverse()
  }

  #isFull(): boolean {
    const most = this.#bug === 'one waiter fills the queue' ? 1 : this.#limits.maxConcurrency
    return this.queue.filter(op => this.#waitsStill(op)).length >= most
  }

  #waitsStill(op: string): boolean {
    const last = this.#waits.get(op)?.last ?? 0
    return this.#heard(op) && this.#world.now - last < this.#limits.forgotten
  }

  #handOn(): void {
    let next = this.queue.shift()
    while (next !== undefined && !this.#waitsStill(next)) next = this.queue.shift()
    if (!this.stored || next === undefined) return
    this.stored.holder = next
    this.stored.lease = this.#world.now + GRANT_MS
  }
}

export const LEASE_MS = 1000
/** A waiter that does not come for its lock loses it after this. */
const GRANT_MS = 2000
