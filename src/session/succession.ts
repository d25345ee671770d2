import type { Ending } from '../lock/locks.ts'
import { endMode } from '../session-rules.ts'
import type { Destroyed, Holder, NotAsExpected } from '../store.ts'
import type { OpenRecord } from './open-record.ts'
import type { Mode } from './outcome.ts'
import { seal } from './pointer.ts'

/** A session that a request had before `regenerate` or `rotate`. */
export interface Predecessor {
  record: OpenRecord
  mode: Mode
  /** How many milliseconds the old id leads to the new one; undefined for never. */
  grace: number | undefined
}

export interface Refusal {
  reason: NotAsExpected
  holder?: Holder | undefined
}

/**
 * A session under a new id follows one under an old id.
 *
 * PROMISES  1. The old one ends once the new one is stored, and not before: where that fails, it is as it was.
 *           2. It ends only if it still is as this request knows it. If not, the new one has to end.
 *           3. After a login no request under the old id learns the new one. Those that were under way read the old data for some
 *              seconds. After a rotation the old id leads to the new one for a while, and only who has the old id can read where.
 */
export class Succession {
  /** More than one where a commit in between failed. */
  readonly #before: Predecessor[] = []

  get pending(): boolean {
    return this.#before.length > 0
  }

  follow(before: Predecessor): void {
    this.#before.push(before)
  }

  /** What follows is a login: no old id may lead to it, not even one that this request has rotated before. */
  hide(): void {
    for (const before of this.#before) before.grace = undefined
  }

  /** The session goes on under a new id, and every step to it was a rotation. */
  get isRotation(): boolean {
    return this.pending && this.#before.every(({ grace }) => grace !== undefined)
  }

  /**
   * The new session is stored under this id, as this text. Answers why an old one was not as expected.
   *
   * @throws {SessionError} whether an old one has ended is not known; the next step asks once more
   */
  async complete(id: string, text: string): Promise<Refusal | undefined> {
    let refusal: Refusal | undefined
    await this.#each(async before => {
      const { refused, holder } = await ended(before, id, text)
      if (refused) refusal ??= { reason: refused, holder }
    })
    return refusal
  }

  /** None of them is wanted any more: they end without waiting for their locks. */
  end(): Promise<void> {
    return this.#each(({ record }) => record.destroy())
  }

  /** The new session is not stored, so far: the old ones go on without this request. */
  async abandon(): Promise<void> {
    for (const { record } of this.#before) await record.release()
  }

  async #each(end: (before: Predecessor) => Promise<unknown>): Promise<void> {
    for (let before = this.#before[0]; before; before = this.#before[0]) {
      await end(before)
      this.#before.shift()
    }
  }
}

function ended({ record, mode, grace }: Predecessor, id: string, after: string): Promise<Destroyed> {
  const { handle, known, text, identity } = record
  const readable = () => text.source !== undefined && text.serializer.keepsAll(text.source, after)
  const ending: Ending =
    grace === undefined
      ? { kind: 'login', readable: readable() }
      : { kind: 'rotated', pointer: seal(identity.id, id), grace }
  // Nobody else knows the id of one that only may be stored.
  if (!known.stored) return record.end(ending)
  const expected = endMode(mode, handle.held || handle.lost)
  return record.end(ending, { mode: expected, base: known.writes, born: known.born })
}
