import type { Epochs, Indexed, Reservation, Reserved, UserIndex } from '../store/user-index.ts'

export interface MemoryUser {
  epoch: number
  /** When the last of its sessions has ended. */
  until: number
  sessions: Map<string, Indexed & { ends: number }>
}

/** Which sessions a user has, in this process's memory: as the scripts do it. */
export class MemoryUserIndex implements UserIndex {
  readonly #users: Map<string, MemoryUser>
  readonly #now: () => number

  constructor(users: Map<string, MemoryUser>, now: () => number) {
    this.#users = users
    this.#now = now
  }

  async reserve(user: string, ask: Reservation): Promise<Reserved> {
    const { name, device, lasts, idle, max, replaces, endsOldest, dead, young } = ask
    const now = this.#now()
    const index = this.#get(user) ?? { epoch: now, until: 0, sessions: new Map() }
    for (const { name: other, ends, since } of index.sessions.values())
      if (ends <= now || (dead.includes(other) && since + young <= now)) index.sessions.delete(other)
    const ended = [...index.sessions.values()].filter(
      ({ epoch, since }) => epoch < index.epoch && since + young <= now,
    )
    const counting = [...index.sessions.values()]
      .filter(({ name: other, epoch }) => other !== name && other !== replaces && epoch >= index.epoch)
      .sort((a, b) => a.since - b.since || (a.name < b.name ? -1 : 1))
    const over = counting.slice(0, Math.max(counting.length - max + 1, 0))
    if (over.length > 0 && !endsOldest) return { outcome: 'full', names: counting.map(one => one.name) }
    for (const one of over) one.epoch = 0
    for (const one of ended) index.sessions.delete(one.name)
    index.sessions.set(name, { name, device, since: now, idle, epoch: index.epoch, ends: now + lasts })
    index.until = Math.max(index.until, now + lasts + young)
    this.#users.set(user, index)
    return { outcome: 'reserved', epoch: index.epoch, ends: [...ended, ...over].map(one => one.name) }
  }

  async follow(user: string, from: string, to: string): Promise<number | undefined> {
    const sessions = this.#get(user)?.sessions
    const before = sessions?.get(from)
    if (before) sessions?.set(to, { ...before, name: to })
    return before?.epoch
  }

  async epochs(user: string, name: string): Promise<Epochs> {
    const index = this.#get(user)
    return { epoch: index?.epoch ?? 0, own: index?.sessions.get(name)?.epoch }
  }

  async list(user: string): Promise<{ epoch: number; sessions: Indexed[] }> {
    const { epoch = 0, sessions } = this.#get(user) ?? {}
    return { epoch, sessions: [...(sessions?.values() ?? [])].map(({ ends: _, ...one }) => one) }
  }

  async end(user: string, except: string | undefined, lasts: number): Promise<string[]> {
    const now = this.#now()
    const index = this.#get(user) ?? { epoch: 0, until: 0, sessions: new Map() }
    const spared = except === undefined ? undefined : index.sessions.get(except)
    const old = index.epoch
    index.epoch = Math.max(old + 1, now)
    index.until = Math.max(index.until, now + lasts)
    if (spared && spared.epoch >= old) spared.epoch = index.epoch
    this.#users.set(user, index)
    return [...index.sessions.keys()].filter(name => name !== except)
  }

  async forget(user: string, names: readonly string[]): Promise<void> {
    for (const name of names) this.#get(user)?.sessions.delete(name)
  }

  #get(user: string): MemoryUser | undefined {
    const index = this.#users.get(user)
    if (!index || index.until > this.#now()) return index
    this.#users.delete(user)
    return undefined
  }
}
