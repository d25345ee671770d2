import type { LoginOptions } from '../users/user-options.ts'
import type { Reserved, Users } from '../users/users.ts'
import type { KnownRecord } from './known-record.ts'
import type { OpenRecord } from './open-record.ts'
import type { Identity } from './surroundings.ts'

/** What is known of a record beside its age: whose it is, and, after a login, that its age begins anew. */
export type Owned = Partial<Pick<KnownRecord, 'user' | 'created'>>

/** Says whose the record of a new identity is going to be. */
export type Naming = (from: OpenRecord, to: Identity) => Promise<Owned>

/** Whose session a request has open, while that changes: what the index of users names too early or too long is taken out again. */
export class Ownership {
  readonly #users: Users
  /** Named before its record is stored. */
  #reserved: (Reserved & { login: boolean }) | undefined
  /** What it was named before, under other ids. */
  #before: Reserved[] = []

  constructor(users: Users) {
    this.#users = users
  }

  /**
   * A user logs in: the record of this identity is going to be theirs.
   *
   * @throws {SessionError} `SESSION_LIMIT`, and what the store throws: nothing has changed then
   */
  async login(from: OpenRecord, to: Identity, user: string, options: LoginOptions): Promise<Owned> {
    const before = named(from)
    const request = { ...from.handle.request, session: to.hash }
    const asked = { ...options, idle: from.idleOnceLoggedIn }
    const mark = await this.#users.reserve(to.name, user, asked, request, before)
    return { ...this.#goesOn(before, { mark, name: to.name, login: true }), created: 0 }
  }

  /** For a session that goes on under another id, as its user's or as nobody's. */
  naming(keepsUser: boolean): Naming {
    return (from, to) => (keepsUser ? this.#follow(from, to) : this.#leave(from))
  }

  /** Where it has a user, the record of the new id is theirs too. */
  async #follow(from: OpenRecord, to: Identity): Promise<Owned> {
    const before = named(from)
    if (!before) return {}
    const mark = await this.#users.follow(before, to.name)
    const login = this.#reserved?.login ?? false
    return this.#goesOn(before, { mark, name: to.name, login })
  }

  /** It goes on without a user. */
  async #leave(from: OpenRecord): Promise<Owned> {
    const before = named(from)
    if (before) this.#before.push(before)
    this.#reserved = undefined
    return {}
  }

  /** The record was stored just now. False if all sessions of its user have been ended since it was named. */
  async confirm(): Promise<boolean> {
    return !this.#reserved || this.#users.lives(this.#reserved)
  }

  /** The record is stored for good, and those of before have ended. */
  async settle({ handle }: OpenRecord): Promise<void> {
    const reserved = this.#reserved
    this.#reserved = undefined
    if (reserved?.login) this.#users.loggedIn(reserved.mark, handle.request)
    await this.#forget(this.#before.splice(0))
  }

  /**
   * The record is not stored, or was taken back. What it was named before goes on.
   *
   * @param taken there is a record of this name: it may be another session of the same user, and stays in the list then
   */
  async withdraw(taken = false): Promise<void> {
    const reserved = this.#reserved
    this.#reserved = undefined
    if (reserved && !(taken && (await this.#users.has(reserved)))) await this.#forget([reserved])
  }

  /** The session has ended, and so have those before it. */
  async end(record: OpenRecord): Promise<void> {
    const last = named(record)
    record.known.user = undefined
    this.#reserved = undefined
    await this.#forget([...this.#before.splice(0), ...(last ? [last] : [])])
  }

  #goesOn(before: Reserved | undefined, to: Reserved & { login: boolean }): Owned {
    if (before) this.#before.push(before)
    this.#reserved = to
    return { user: to.mark }
  }

  async #forget(all: readonly Reserved[]): Promise<void> {
    await Promise.all(all.map(one => this.#users.forget(one)))
  }
}

/** As the index names a record. */
function named({ known, identity }: OpenRecord): Reserved | undefined {
  return known.user === undefined ? undefined : { mark: known.user, name: identity.name }
}
