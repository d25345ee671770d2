import type { Data } from './codec/json.ts'
import { sourceOf } from './codec/json.ts'
import type { Encoding } from './encoding.ts'
import type { KnownRecord } from './known-record.ts'
import type { Hold, Writing } from './lock/hold.ts'
import type { Ending } from './lock/locks.ts'
import type { Committed, Destroyed, Expected, Found, Touch } from './store.ts'
import type { Identity, Opened, Surroundings } from './surroundings.ts'
import { Telling } from './telling.ts'

/** The record that a request has open: its id, the grip on its lock, and what is known of it. Each step tells where it fails. */
export class OpenRecord {
  readonly identity: Identity
  readonly known: KnownRecord
  readonly telling: Telling
  hold: Hold
  /** The JSON that is stored, as far as this request knows it; undefined for data from elsewhere. */
  source: string | undefined
  readonly #around: Surroundings
  readonly #request: string

  constructor(
    around: Surroundings,
    { identity, hold, request }: Pick<Opened, 'identity' | 'hold' | 'request'>,
    known: KnownRecord,
    source?: string,
  ) {
    this.#around = around
    this.identity = identity
    this.hold = hold
    this.known = known
    this.source = source
    this.#request = request
    this.telling = new Telling(around.emit, identity.hash, request)
  }

  /** One of another id, which nothing is stored under yet, and which takes over age and place in the ladder of lifetimes. */
  followed(identity: Identity): OpenRecord {
    const hold = this.#around.grip(identity, this.#request)
    hold.keeper = this.hold.keeper
    return new OpenRecord(this.#around, { identity, hold, request: this.#request }, this.known.followed)
  }

  /** It was read or written, or a commit may have created it. */
  get mayBeStored(): boolean {
    return this.known.stored || this.hold.mayHaveCreated
  }

  async commit(
    { payload, json }: Encoding,
    write: Pick<Writing, 'mode' | 'ttl' | 'absolute' | 'keep'>,
  ): Promise<Committed> {
    const { writes: base, born, created } = this.known
    const step = () => this.hold.commit({ ...write, base, born, created, data: payload })
    const committed = await this.telling.tried('commit', step)
    if (committed.outcome === 'written') {
      this.known.wrote(committed)
      this.source = json
    }
    return committed
  }

  async release(touch?: Touch): Promise<void> {
    if (this.hold.held) await this.telling.tried('release', () => this.hold.release(touch))
  }

  async touch(touch: Touch): Promise<void> {
    await this.telling.tried('touch', () => this.#around.store.touch(this.identity.name, touch))
  }

  end(ending: Ending, expects?: Expected): Promise<Destroyed> {
    return this.telling.tried('destroy', () => this.hold.end(ending, expects))
  }

  /** The data of what was found in it just now; undefined where that cannot be read. */
  async read(found: Found): Promise<Data | undefined> {
    const data = await this.#around.decode(found, this.identity, this.#request)
    if (!data) return undefined
    this.source = sourceOf(data)
    this.known.read(found)
    return data
  }
}
