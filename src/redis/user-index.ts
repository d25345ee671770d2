import type { Epochs, Indexed, Reservation, Reserved, UserIndex } from '../store/user-index.ts'
import type { Connection } from './connection.ts'
import { USER_INDEX } from './record.ts'
import { endAll, follow, reserve } from './scripts.ts'

/** Which sessions a user has: one hash a user. scripts/reserve.lua has its format. */
export class RedisUserIndex implements UserIndex {
  readonly #connection: Connection
  readonly #prefix: string

  constructor(connection: Connection, prefix: string) {
    this.#connection = connection
    this.#prefix = prefix
  }

  async reserve(user: string, ask: Reservation): Promise<Reserved> {
    const { name, device, lasts, idle, max, replaces = '', endsOldest, dead, young } = ask
    const args = [name, lasts, idle, max, replaces, endsOldest ? 1 : 0, young, device, ...dead]
    const [outcome, ...said] = await this.#connection.send(c => reserve(c, this.#key(user), args))
    if (outcome === 'full') return { outcome, names: said }
    const [epoch, ...ends] = said
    return { outcome: 'reserved', epoch: Number(epoch), ends }
  }

  async follow(user: string, from: string, to: string): Promise<number | undefined> {
    const epoch = await this.#connection.send(c => follow(c, this.#key(user), from, to))
    return epoch === '' ? undefined : Number(epoch)
  }

  async epochs(user: string, name: string): Promise<Epochs> {
    const [epoch, entry] = await this.#connection.send(c => c.hmget(this.#key(user), 'epoch', field(name)))
    return { epoch: Number(epoch ?? 0), own: indexed(name, entry ?? '')?.epoch }
  }

  async list(user: string): Promise<{ epoch: number; sessions: Indexed[] }> {
    const { epoch, ...entries } = await this.#connection.send(c => c.hgetall(this.#key(user)))
    const sessions = Object.entries(entries).flatMap(([key, entry]) => indexed(key.slice(2), entry) ?? [])
    return { epoch: Number(epoch ?? 0), sessions }
  }

  end(user: string, except: string | undefined, lasts: number): Promise<string[]> {
    return this.#connection.send(c => endAll(c, this.#key(user), [except ?? '', lasts]))
  }

  async forget(user: string, names: readonly string[]): Promise<void> {
    if (names.length > 0) await this.#connection.send(c => c.hdel(this.#key(user), ...names.map(field)))
  }

  #key(user: string): string {
    return `${this.#prefix}${USER_INDEX}${user}`
  }
}

function field(name: string): string {
  return `s:${name}`
}

function indexed(name: string, entry: string): Indexed | undefined {
  const [, epoch, since, idle, device = ''] = /^\d+ (\d+) (\d+) (\d+) (.*)$/.exec(entry) ?? []
  if (epoch === undefined) return undefined
  return { name, device, since: Number(since), idle: Number(idle), epoch: Number(epoch) }
}
