import { SessionError } from '../errors.ts'
import type { Emit } from '../events.ts'
import {
  type IdRule,
  idRule,
  isWellFormed,
  type Naming,
  newSessionId,
  recordName,
  shortHash,
  shortHashOf,
} from '../session-id.ts'
import type { Identity } from './surroundings.ts'

/** Ids of sessions, with the names of their records. */
export class Identities {
  readonly #naming: Naming
  readonly #forPhp: boolean
  readonly #emit: Emit

  /** @param options.forPhp PHP serves the same sessions, and refuses some ids */
  constructor({ naming, forPhp }: { naming: Naming; forPhp: boolean }, emit: Emit) {
    this.#naming = naming
    this.#forPhp = forPhp
    this.#emit = emit
  }

  /** Of a new id. */
  made(): Identity {
    return this.#of(newSessionId(this.#forPhp))
  }

  /** Of an id that a visitor sent. One that cannot be any is reported. */
  sent(id: string | null | undefined, request: string): Identity | undefined {
    if (id === undefined || id === null || id === '') return undefined
    if (isWellFormed(id, this.#rule)) return this.#of(id)
    this.#emit({ event: 'id-malformed', session: shortHash(String(id)), request })
    return undefined
  }

  /**
   * Of an id that the caller made.
   *
   * @throws {SessionError} `ID_MALFORMED`
   */
  given(id: string, request: string): Identity {
    const identity = this.sent(id, request)
    if (identity) return identity
    throw new SessionError('ID_MALFORMED', `A session id must be ${idRule(this.#rule)}; check genid.`)
  }

  /** Of a record, whose id may not be known. */
  named(name: string): Identity {
    return { id: '', name, hash: shortHashOf(name, this.#naming) }
  }

  #of(id: string): Identity {
    const name = recordName(id, this.#naming)
    return { ...this.named(name), id }
  }

  get #rule(): IdRule {
    return this.#forPhp ? 'php' : this.#naming
  }
}
