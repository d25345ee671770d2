import { createHmac } from 'node:crypto'
import { userOf } from '../commit-id.ts'
import { SessionError } from '../errors.ts'
import type { Emit, RequestInfo } from '../events.ts'
import type { Epochs, Indexed, UserIndex } from '../store/user-index.ts'
import { type Destroyed, type Found, isGone, type Store } from '../store.ts'
import { Looks } from './looks.ts'
import {
  type LoginOptions, type SessionRef, tidyDevice, type UserOptions, type UserSession,
} from './user-options.ts' // biome-ignore format: one glance

/** What is needed of the records. */
export interface Records {
  store: Store
  /** Ends a session without waiting for its lock. */
  end(name: string): Promise<Destroyed>
  /** The name of the record of this id. */
  nameOf(id: string): string
}

/**
 * Who has logged in where.
 *
 * ALGORITHM  A login reserves a place in the user's index, which answers the user's epoch E. The record is stored with E, and the
 *   index is looked at once more: where the epoch has been raised meanwhile, the session destroys itself. `endOf` raises the
 *   epoch, and then destroys the records. Whoever opens a record of an older epoch ends it.
 *
 * PROMISES  1. Once `endOf` has answered, no session of before is opened: its record is gone. Where the process of `endOf` dies
 *              after the epoch was raised, each process may go on opening it for `check` seconds, and not longer.
 *           2. No more than `max` sessions of a user have not ended.
 *           3. A request whose session has no user makes no call here.
 */
export class Users {
  readonly #records: Records
  readonly #options: UserOptions
  readonly #emit: Emit
  readonly #looks: Looks

  constructor(records: Records, options: UserOptions, emit: Emit) {
    this.#records = records
    this.#options = options
    this.#emit = emit
    this.#looks = new Looks(options.check * 1000)
  }

  /**
   * Names a session before its record is stored.
   *
   * @param replaces the session that goes on as this one
   * @returns the mark for its record
   */
  async reserve(
    name: string,
    user: string,
    { device = '', max = MOST, onMax = 'oldest', idle }: LoginOptions & { idle: number },
    request: RequestInfo,
    replaces: Reserved | undefined,
  ): Promise<string> {
    if (!Number.isInteger(max) || max < 1 || max > MOST)
      throw new TypeError(`max: expected a whole number from 1 to ${MOST}, got ${max}`)
    const hash = this.#hash(user)
    const { absoluteLifetime } = this.#options
    const asked = {
      name,
      max,
      device: tidyDevice(device),
      idle: Math.ceil(idle * 1000),
      lasts: Math.ceil(absoluteLifetime * 1000),
      replaces: replaces && partsOf(replaces.mark).hash === hash ? replaces.name : undefined,
      young: YOUNG_MS,
    }
    let got = await this.#index.reserve(hash, { ...asked, endsOldest: false, dead: [] })
    if (got.outcome === 'full') {
      // What is named may have expired.
      const dead = await this.#dead(got.names)
      got = await this.#index.reserve(hash, { ...asked, endsOldest: onMax === 'oldest', dead })
    }
    const reached = (ended: number) =>
      this.#emit({ event: 'limit-reached', user: short(hash), max, ended, ...request })
    if (got.outcome === 'full') {
      reached(0)
      const message = `This user has ${max} sessions, and may not have another one. End one of them first.`
      throw new SessionError('SESSION_LIMIT', message, { status: 403 })
    }
    const count = await this.#endEach(got.ends)
    if (count > 0) reached(count)
    return `${hash}.${got.epoch}`
  }

  /** A session goes on under another name. The mark for its record. */
  async follow({ mark, name }: Reserved, to: string): Promise<string> {
    const { hash, epoch } = partsOf(mark)
    return `${hash}.${(await this.#index.follow(hash, name, to)) ?? epoch}`
  }

  /** Whether the session of this mark has not ended, as the index has it now. */
  async lives({ mark, name }: Reserved): Promise<boolean> {
    const { hash, epoch } = partsOf(mark)
    return isAlive(await this.#index.epochs(hash, name), epoch)
  }

  /** The same for a record that was found, looked at once in some seconds; true at once where it has no user. */
  livesStill(name: string, { born }: Found): true | Promise<boolean> {
    const mark = userOf(born)
    return mark === undefined || this.#looks.at(name, () => this.lives({ mark, name }))
  }

  /** A session of before was met. Its record is destroyed. */
  async ended(name: string, found: Found, request: RequestInfo): Promise<void> {
    const { hash } = partsOf(userOf(found.born) ?? '')
    this.#emit({ event: 'ended-session-met', user: short(hash), ...request })
    await this.end(name)
  }

  /** Ends one session, and takes it out of its user's list. */
  async end(name: string): Promise<Destroyed> {
    const destroyed = await this.#records.end(name)
    const mark = userOf(destroyed.born ?? '')
    if (mark !== undefined) await this.forget({ mark, name })
    return destroyed
  }

  /** Whether the record of this name is a session of the user of this mark. Without an answer it may be. */
  async has({ mark, name }: Reserved): Promise<boolean> {
    const found = await this.#records.store.read(name).catch(() => 'unknown' as const)
    return found === 'unknown' || (!isGone(found) && isOf(found, partsOf(mark).hash))
  }

  /** It has ended, or was not stored. What the index names too much does no harm, so a failure is no news. */
  async forget({ mark, name }: Reserved): Promise<void> {
    await this.#index.forget(partsOf(mark).hash, [name]).catch(() => {})
  }

  loggedIn(mark: string, request: RequestInfo): void {
    this.#emit({ event: 'login', user: short(partsOf(mark).hash), ...request })
  }

  /** The sessions of a user, the latest first. */
  async of(user: string, current: SessionRef | undefined): Promise<UserSession[]> {
    const hash = this.#hash(user)
    const { epoch, sessions } = await this.#index.list(hash)
    const alive = sessions.filter(session => session.epoch >= epoch)
    const seen = await Promise.all(alive.map(session => this.#seen(session, hash, this.#nameOf(current))))
    return seen.filter(session => session !== undefined).sort((a, b) => Number(b.created) - Number(a.created))
  }

  async #seen(session: Indexed, hash: string, current: string | undefined): Promise<UserSession | undefined> {
    const { name, device, since, idle } = session
    const record = await this.#records.store.inspect(name)
    if (!record || !isOf(record, hash)) return undefined
    // What only reads extends the time to live. A cookie that was given another age makes that longer.
    const idleFor =
      record.ttl === undefined || record.ttl > idle ? Number.POSITIVE_INFINITY : idle - record.ttl
    const lastSeen = new Date(Math.max(since, record.at ?? 0, Date.now() - idleFor))
    return { name, device, created: new Date(since), lastSeen, current: name === current }
  }

  /** Ends all sessions of a user but one. */
  async endOf(user: string, except: SessionRef | undefined): Promise<number> {
    const hash = this.#hash(user)
    const lasts = Math.ceil(this.#options.absoluteLifetime * 1000) + YOUNG_MS
    const names = await this.#index.end(hash, this.#nameOf(except), lasts)
    this.#looks.clear()
    const count = await this.#endEach(names)
    await this.#index.forget(hash, names).catch(() => {})
    this.#emit({ event: 'ended-everywhere', user: short(hash), count })
    return count
  }

  /** How many there were. What names them is not changed. */
  async #endEach(names: readonly string[]): Promise<number> {
    const ended = await Promise.all(names.map(name => this.#records.end(name)))
    return ended.filter(({ existed }) => existed).length
  }

  #nameOf(ref: SessionRef | undefined): string | undefined {
    return typeof ref === 'object' ? this.#records.nameOf(ref.id) : ref
  }

  async #dead(names: readonly string[]): Promise<string[]> {
    const found = await Promise.all(names.map(name => this.#records.store.read(name)))
    return names.filter((_, n) => found[n] === undefined || isGone(found[n]))
  }

  #hash(user: string): string {
    const { secret } = this.#options
    if (secret === null)
      throw new TypeError(
        'users.secret: expected a text, or { "env": "NAME" }, got null (the default): set it to a long random text that all processes share',
      )
    if (typeof user !== 'string' || user === '')
      throw new TypeError(
        `user: expected the user's id as a text, got ${user === '' ? 'an empty one' : typeof user}`,
      )
    return createHmac('sha256', secret).update(user).digest('base64url').slice(0, HASH_LENGTH)
  }

  get #index(): UserIndex {
    return this.#records.store.users
  }
}

/** A session that is named in the index. */
export interface Reserved {
  /** What its record says of its user: `hash.epoch`. */
  mark: string
  name: string
}

function isAlive({ epoch, own }: Epochs, recorded: number): boolean {
  return (own ?? recorded) >= epoch
}

function partsOf(mark: string): { hash: string; epoch: number } {
  const [hash = '', epoch] = mark.split('.')
  return { hash, epoch: Number(epoch) }
}

/** A record that somebody else made under a name of this list is not theirs. */
function isOf(found: Pick<Found, 'born'> | undefined, hash: string): boolean {
  return found !== undefined && partsOf(userOf(found.born) ?? '').hash === hash
}

/** For events, as with sessions. */
function short(hash: string): string {
  return hash.slice(0, 10)
}

/** 132 bits. */
const HASH_LENGTH = 22
/** More of one user are a program that logs in for each request: each login reads all of them. */
const MOST = 1000
/** Longer than a request takes from its login to its commit. */
const YOUNG_MS = 60_000
