import type { Unencodable } from '../codec/codec.ts'
import { SessionError } from '../errors.ts'
import type { CommitRefused, Emit, RequestInfo } from '../events.ts'
import type { Outage } from '../outage.ts'
import type { Holder } from '../store.ts'
import type { CommitOutcome } from './outcome.ts'

/** Reports what a request could not do to its session: to the log by events, to the caller by outcomes. */
export class Report {
  readonly #emit: Emit
  readonly #outage: Outage
  readonly #request: RequestInfo
  #failed = false

  constructor(emit: Emit, outage: Outage, request: RequestInfo) {
    this.#emit = emit
    this.#outage = outage
    this.#request = request
  }

  refused(reason: CommitRefused, holder?: Holder): CommitOutcome {
    this.#emit({ event: 'commit-refused', reason, holder, ...this.#request })
    return holder ? { written: false, reason, holder } : { written: false, reason }
  }

  /** A conflict that is no refusal: the caller reads afresh and commits again. */
  retried(holder?: Holder): CommitOutcome {
    this.#emit({ event: 'conflict-retried', holder, ...this.#request })
    return { written: false, reason: 'conflict' }
  }

  /** The session was changed when nothing would store that any more. */
  changedTooLate(): void {
    this.#emit({ event: 'changed-too-late', ...this.#request })
  }

  unencodable(encoded: Unencodable): CommitOutcome {
    const { why, error } = explained(encoded)
    const reason = encoded.refused
    this.#emit({ event: 'commit-refused', reason, holder: undefined, why, ...this.#request })
    return { written: false, reason, error }
  }

  compressionFailed(compression: string, error: unknown): void {
    this.#emit({ event: 'compression-failed', compression, why: messageOf(error), ...this.#request })
  }

  /** Does this step at the store, and reports where it fails. */
  async tried<T>(during: string, step: () => Promise<T>): Promise<T> {
    try {
      return await step()
    } catch (error) {
      this.#outage.failed(during, error, this.#request, this.#failed)
      this.#failed = true
      throw error
    }
  }
}

function explained(encoded: Unencodable): { why: string; error: SessionError } {
  if (encoded.refused === 'too-large') {
    const why = `${encoded.bytes} bytes, and maxSize allows ${encoded.maxSize}`
    return { why, error: new SessionError('SESSION_TOO_LARGE', `The session is too large: ${why}.`) }
  }
  const why = messageOf(encoded.error)
  const message = `The session's data cannot be serialized: ${why}.`
  return { why, error: new SessionError('SESSION_UNSERIALIZABLE', message, { cause: encoded.error }) }
}

/** A toJSON or a library of the application's own may throw anything. */
function messageOf(error: unknown): string {
  return (error as Error | undefined | null)?.message ?? String(error)
}
