import type { Data } from './codec/json.ts'
import type { Hold } from './lock/hold.ts'
import { keepsKeys } from './session-rules.ts'
import type { Ending, Identity, Surroundings } from './surroundings.ts'
import type { Telling } from './telling.ts'

/** The session that a request had before `regenerate`: stored, and under its lock. */
export interface Predecessor {
  identity: Identity
  hold: Hold
  /** The JSON that was read. */
  source: string | undefined
}

/**
 * A session under a new id follows one under an old id.
 *
 * PROMISES  1. The old one ends once the new one is stored, and not before: where that fails, it is as it was.
 *           2. No request under the old id learns the new one. Those that were under way read the old data for some seconds.
 */
export class Succession {
  readonly #around: Surroundings
  #before: Predecessor | undefined

  constructor(around: Surroundings) {
    this.#around = around
  }

  get pending(): boolean {
    return this.#before !== undefined
  }

  follow(before: Predecessor): void {
    this.#before ??= before
  }

  /** The new session is stored, or is not wanted. That ending the old one failed is an event: the visitor is logged in all the same. */
  async complete(data: Data, telling: Telling): Promise<void> {
    const before = this.#before
    if (!before) return
    this.#before = undefined
    const readable = before.source !== undefined && keepsKeys(JSON.parse(before.source), data)
    await this.end(before, { kind: 'login', readable }, telling).catch(() => {})
    before.hold.forget()
  }

  /** The new session was not stored: the old one goes on without this request. */
  async abandon(telling: Telling): Promise<void> {
    const before = this.#before
    this.#before = undefined
    if (before?.hold.held) await telling.tried('release', () => before.hold.release())
  }

  async end(
    { identity, hold }: Omit<Predecessor, 'source'>,
    ending: Ending,
    telling: Telling,
  ): Promise<void> {
    try {
      await telling.tried('destroy', () => this.#around.end(identity, ending))
    } catch (error) {
      // It may be there still: no other request is to wait for one that wanted it gone.
      hold.release().catch(() => {})
      throw error
    }
  }
}
