import { KEY_ID_BYTES, keyIdOf } from '../codec/encryption.ts'
import type { Glance } from '../redis/overview.ts'
import type { Desk } from './desk.ts'

/** Sessions of one key; null stands for those that are not encrypted. */
export interface OfKey {
  key: string | null
  sessions: number
}

/** Without keys in the options, some sessions show whether others encrypt them. */
const SOME = 200

/** Counts sessions by the key that encrypted them: all where the options have keys, or else some. */
export class KeyCount {
  readonly #overview: Desk['overview']
  #left: number
  readonly #counts = new Map<string | null, number>()

  constructor({ overview, options }: Desk) {
    this.#overview = overview
    this.#left = options.encryption.keys.length > 0 ? Number.POSITIVE_INFINITY : SOME
  }

  async add(glances: readonly Glance[]): Promise<void> {
    const names = glances
      .filter(({ session, bytes }) => session !== undefined && bytes > 0)
      .map(({ name }) => name)
      .slice(0, this.#left)
    this.#left -= names.length
    if (names.length === 0) return
    for (const head of await this.#overview.heads(names, KEY_ID_BYTES)) {
      const key = keyIdOf(head) ?? null
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
    }
  }

  /** The most first; none where no keys are in use. */
  get all(): OfKey[] {
    const found = [...this.#counts].map(([key, sessions]) => ({ key, sessions }))
    const inUse = this.#left === Number.POSITIVE_INFINITY || found.some(({ key }) => key !== null)
    return inUse ? found.sort((a, b) => b.sessions - a.sessions) : []
  }
}
