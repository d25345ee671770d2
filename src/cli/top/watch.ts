import type { Glance } from '../../redis/overview.ts'
import { hearWakes } from '../../redis/wake-messages.ts'
import type { Inspected } from '../../store.ts'
import type { Desk } from '../desk.ts'
import { hashOf } from '../find-session.ts'

export interface Row {
  session: string
  /** Writes in a second, since the last look. */
  writesPerSecond: number
  writes: number
  waiters: number
  /** Milliseconds for which somebody has been seen to wait. */
  waitedFor: number
  holder: Inspected['holder'] | null
}

/** What is going on now. */
export interface Picture {
  hottest: Row[]
  /** The longest first. */
  held: Row[]
  waiting: number
  /** Locks that changed hands from one process to another, or were taken, in a second. */
  messagesPerSecond: number | null
  /** Locks that were broken or lapsed, and sessions that ended under a holder, since it started. */
  broken: number | null
  endedUnderHolder: number | null
  /** Share of the keys that were looked at, 0 to 1; 1 from the first whole round on. */
  seen: number
}

interface Tracked {
  glance: Glance
  /** Of the look before. */
  writesBefore: number
  perSecond: number
  waitingSince: number | undefined
}

/** Milliseconds without a write after which a session that nobody holds is not looked at any more. */
const RECENT_MS = 60_000
/** Sessions that are looked at every second. */
const MOST = 500
/** How long a round over all keys pauses after each batch, beside the pause that `names` makes. */
const GENTLE_MS = 20

/**
 * Follows the sessions that are busy. One round after the other over all keys, slowly, finds them; those that were found are
 * looked at again at every refresh.
 */
export class Watch {
  readonly #desk: Desk
  readonly #tracked = new Map<string, Tracked>()
  readonly #holders = new Map<string, string>()
  readonly #told: string[] = []
  #hears: (() => void) | undefined
  #looked = performance.now()
  #messages = 0
  #broken = 0
  #ended = 0
  #seen = 0
  #closed = false

  constructor(desk: Desk) {
    this.#desk = desk
  }

  async open(): Promise<void> {
    this.#hears = await hearWakes(this.#desk.client, this.#desk.overview.prefix, token => {
      this.#messages++
      const name = this.#holders.get(token)
      // Nobody tells a holder anything but that it holds no more.
      if (name !== undefined) this.#told.push(name)
      this.#holders.delete(token)
    })
  }

  /**
   * One round over all keys.
   *
   * @param shown hears after each batch how many keys were looked at
   */
  async round(shown: (keys: number) => void = () => {}): Promise<void> {
    const { overview } = this.#desk
    const size = await overview.size()
    let through = 0
    const seen = (keys: number) => {
      through = keys
    }
    for await (const names of overview.names('', seen)) {
      if (this.#closed) return
      for (const glance of await overview.glance(names)) if (isBusy(glance)) this.#track(glance)
      shown(through)
      this.#seen = Math.max(this.#seen, Math.min(through / Math.max(size, 1), 1))
      await new Promise(resolve => setTimeout(resolve, GENTLE_MS))
    }
    this.#seen = 1
  }

  /** Looks again at the sessions that are busy. */
  async refresh(): Promise<Picture> {
    const passed = (performance.now() - this.#looked) / 1000
    this.#looked = performance.now()
    const glances = await this.#desk.overview.glance([...this.#tracked.keys()])
    this.#judge(glances)
    for (const glance of glances) this.#update(glance, passed)
    const rows = [...this.#tracked.values()].map(tracked => this.#row(tracked))
    const heldFor = ({ holder }: Row) => holder?.heldFor ?? 0
    const messagesPerSecond = this.#hears ? this.#messages / passed : null
    this.#messages = 0
    return {
      hottest: rows
        .filter(row => row.writesPerSecond > 0)
        .sort((a, b) => b.writesPerSecond - a.writesPerSecond),
      held: rows.filter(({ holder }) => holder !== null).sort((a, b) => heldFor(b) - heldFor(a)),
      waiting: rows.reduce((sum, { waiters }) => sum + waiters, 0),
      messagesPerSecond,
      broken: this.#hears ? this.#broken : null,
      endedUnderHolder: this.#hears ? this.#ended : null,
      seen: this.#seen,
    }
  }

  close(): void {
    this.#closed = true
    this.#hears?.()
  }

  #track(glance: Glance): void {
    const writes = glance.session?.writes ?? 0
    if (this.#tracked.has(glance.name) || this.#tracked.size >= MOST) return
    this.#tracked.set(glance.name, { glance, writesBefore: writes, perSecond: 0, waitingSince: undefined })
    this.#note(glance)
  }

  #note({ name, session }: Glance): void {
    if (session?.holder) this.#holders.set(session.holder.token, name)
  }

  /** What became of the sessions whose holders were told something. */
  #judge(glances: readonly Glance[]): void {
    const kinds = new Map(glances.map(({ name, kind }) => [name, kind]))
    for (const name of this.#told.splice(0)) {
      const kind = kinds.get(name)
      if (kind === 'ended' || kind === 'missing') this.#ended++
      else this.#broken++
    }
  }

  #update(glance: Glance, passed: number): void {
    const tracked = this.#tracked.get(glance.name)
    if (!tracked) return
    if (!isBusy(glance)) {
      this.#tracked.delete(glance.name)
      return
    }
    const before = tracked.glance.session?.holder?.token
    if (before !== undefined && before !== glance.session?.holder?.token) this.#holders.delete(before)
    const writes = glance.session?.writes ?? 0
    tracked.perSecond = Math.max(writes - tracked.writesBefore, 0) / passed
    tracked.writesBefore = writes
    tracked.glance = glance
    tracked.waitingSince = glance.session?.waiters ? (tracked.waitingSince ?? performance.now()) : undefined
    this.#note(glance)
  }

  #row({ glance, perSecond, waitingSince }: Tracked): Row {
    return {
      session: hashOf(glance.name, this.#desk.options.naming),
      writesPerSecond: perSecond,
      writes: glance.session?.writes ?? 0,
      waiters: glance.session?.waiters ?? 0,
      waitedFor: waitingSince === undefined ? 0 : performance.now() - waitingSince,
      holder: glance.session?.holder ?? null,
    }
  }
}

function isBusy({ session, written }: Glance): boolean {
  if (!session) return false
  return session.holder !== undefined || session.waiters > 0 || (written !== undefined && written < RECENT_MS)
}
