import { endMode } from '../session-rules.ts'
import type { Destroyed, Holder, NotAsExpected } from '../store.ts'
import type { OpenRecord } from './open-record.ts'
import type { Mode } from './outcome.ts'

/** A session that a request had before `regenerate`. */
export interface Predecessor {
  record: OpenRecord
  mode: Mode
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
 *           3. No request under the old id learns the new one. Those that were under way read the old data for some seconds.
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

  /**
   * The new session is stored as this text. Answers why an old one was not as expected.
   *
   * @throws {SessionError} whether an old one has ended is not known; the next step asks once more
   */
  async complete(text: string): Promise<Refusal | undefined> {
    let refusal: Refusal | undefined
    await this.#each(async before => {
      const { refused, holder } = await ended(before, text)
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

function ended({ record, mode }: Predecessor, after: string): Promise<Destroyed> {
  const { handle, known, text } = record
  const readable = text.source !== undefined && text.serializer.keepsAll(text.source, after)
  const login = { kind: 'login', readable } as const
  // Nobody else knows the id of one that only may be stored.
  if (!known.stored) return record.end(login)
  const expected = endMode(mode, handle.held || handle.lost)
  return record.end(login, { mode: expected, base: known.writes, born: known.born })
}
