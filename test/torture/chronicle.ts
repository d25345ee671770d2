import type { CommitOutcome, Data, OpenOptions, SessionError } from '../../src/index.ts'
import type { Call, End, Entry, OpenOutcome } from './history.ts'
import { extended, seenIn, seenInData } from './markers.ts'
import type { Access, Subject, Visit } from './subject.ts'

/** A session that is open. `grant` is the name of the request that opened it; empty for one that was created. */
export interface Stay {
  session: string
  grant: string
  visit: Visit
}

let names = 0

/**
 * Does what one client wants done, and writes down what it asked and what it was told. Every request has a name of its
 * own, by which others speak of it: it is the `request` in the record.
 */
export class Chronicle {
  readonly #write: (entry: Entry) => void
  readonly #who: { process: string; client: number }

  constructor(write: (entry: Entry) => void, process: string, client: number) {
    this.#write = write
    this.#who = { process, client }
  }

  name(): string {
    names += 1
    return `${this.#who.process}/${names.toString(36)}`
  }

  async open(
    session: string,
    access: Access,
    open: (options: OpenOptions) => Promise<Visit>,
  ): Promise<{ outcome: OpenOutcome; stay?: Stay }> {
    const op = this.name()
    this.#call({ what: 'open', access, op, session, ...this.#who })
    try {
      const visit = await open({ access, request: op })
      // One that has ended, or goes on under another id, is no session to whoever comes by the old one.
      const missing = visit.isNew || visit.isOver
      const outcome = missing
        ? 'missing'
        : access !== 'exclusive'
          ? 'read'
          : visit.locked
            ? 'granted'
            : 'gave-up'
      const seen = missing ? undefined : seenIn(visit)
      this.#end(op, { what: 'open', outcome, ...(seen ? { seen } : {}) })
      return missing ? { outcome } : { outcome, stay: { session, grant: op, visit } }
    } catch (error) {
      const end = failed(error)
      this.#end(op, end)
      return end
    }
  }

  /** Asks for the lock of a session that was opened without: a second call by the name under which it is known as a holder. */
  async upgrade({ session, grant: op, visit }: Stay): Promise<boolean> {
    this.#call({ what: 'open', access: 'exclusive', op, session, ...this.#who })
    try {
      const granted = await visit.upgrade()
      const seen = seenIn(visit)
      const outcome = granted ? 'granted' : seen ? 'gave-up' : 'missing'
      this.#end(op, { what: 'open', outcome, ...(seen ? { seen } : {}) })
      return granted
    } catch (error) {
      this.#end(op, failed(error))
      return false
    }
  }

  /** Adds a marker and commits. `why` is the reason of a refusal. */
  async commit(
    { session, grant, visit }: Stay,
    mode: 'exclusive' | 'create' | 'optimistic',
    keep: boolean,
    padding = 0,
  ): Promise<{ written: boolean; why?: string }> {
    const op = this.name()
    this.#call({ ...this.#commitOf(op, session, grant, visit.data), mode, keep })
    extended(visit.data, op, padding)
    try {
      const outcome = await visit.commit({ keep })
      this.#end(op, committed(outcome))
      return outcome.written ? outcome : { written: false, why: outcome.reason }
    } catch (error) {
      this.#end(op, { what: 'commit', outcome: 'unknown', why: (error as Error).message })
      return { written: false }
    }
  }

  /** Each try is a commit of its own; all but the last are known to have been refused. */
  async update(session: string, subject: Subject, padding: () => number): Promise<void> {
    const request = this.name()
    this.#call({ what: 'open', access: 'update', op: request, session, ...this.#who })
    let op: string | undefined
    const change = (data: Data) => {
      if (op) this.#end(op, { what: 'commit', outcome: 'refused', why: 'conflict' })
      op = this.name()
      this.#call({ ...this.#commitOf(op, session, '', data), mode: 'optimistic', keep: false })
      extended(data, op, padding())
    }
    try {
      const outcome = await subject.update(session, change, { request })
      if (op) this.#end(op, committed(outcome))
      this.#end(request, { what: 'open', outcome: op ? 'read' : 'missing' })
    } catch (error) {
      const { code, message } = error as SessionError
      const outcome = WITHOUT_LOCK.has(code) ? 'refused' : 'unknown'
      if (op) this.#end(op, { what: 'commit', outcome, why: message })
      this.#end(request, failed(error))
    }
  }

  release({ session, grant, visit }: Stay): Promise<boolean> {
    return this.#ending({ what: 'release', op: this.name(), session, grant, ...this.#who }, () =>
      visit.release(),
    )
  }

  /** `grant` is empty for somebody who has not opened it. */
  destroy(session: string, grant: string, destroy: () => Promise<unknown>): Promise<boolean> {
    return this.#ending({ what: 'destroy', op: this.name(), session, grant, ...this.#who }, destroy)
  }

  /**
   * Gives the session a new id, and stores it there: for whoever comes by the old one, it is destroyed. Until the new one is
   * surely stored, nothing is known of the old one.
   */
  regenerate({ session, grant, visit }: Stay): Promise<boolean> {
    const op = this.name()
    const call = { what: 'destroy', op, session, grant, moves: true, ...this.#who } as const
    return this.#ending(call, async () => {
      await visit.regenerate()
      this.#write({ line: 'moved', op, session: visit.id })
      const outcome = await visit.commit()
      if (!outcome.written) throw new Error(outcome.reason)
    })
  }

  async #ending(
    call: Extract<Call, { what: 'release' | 'destroy' }>,
    act: () => Promise<unknown>,
  ): Promise<boolean> {
    const { op, what } = call
    this.#call(call)
    try {
      await act()
      this.#end(op, { what, outcome: 'done' })
      return true
    } catch (error) {
      this.#end(op, { what, outcome: 'unknown', why: (error as Error).message })
      return false
    }
  }

  #commitOf(op: string, session: string, grant: string, data: Data) {
    const before = seenInData(data)
    const { life = op, last: parent = '', count = 0 } = before ?? {}
    return {
      what: 'commit',
      op,
      session,
      grant,
      marker: op,
      parent,
      life,
      depth: count + 1,
      ...this.#who,
    } as const
  }

  #call(call: Call): void {
    this.#write({ line: 'call', ...call })
  }

  #end(op: string, end: End): void {
    this.#write({ line: 'end', op, ...end })
  }
}

function failed(error: unknown): Extract<End, { what: 'open' }> {
  const { code = '', message } = error as { code?: string; message: string }
  return { what: 'open', outcome: OUTCOMES[code] ?? 'error', why: `${code} ${message}` }
}

function committed(outcome: CommitOutcome): End {
  if (outcome.written) return { what: 'commit', outcome: 'written', writes: outcome.writes }
  const why: string = outcome.reason
  return { what: 'commit', outcome: why === 'unknown' ? 'unknown' : 'refused', why }
}

/** What is refused is the lock that an update asks for after a conflict: its last commit was refused with that. */
const WITHOUT_LOCK: ReadonlySet<string> = new Set([
  'CONCURRENT_CONNECTIONS_EXCEEDED',
  'WAIT_ABORTED',
  'LOCK_TIMEOUT',
  'CLOSED',
])

const OUTCOMES: Record<string, OpenOutcome> = {
  CONCURRENT_CONNECTIONS_EXCEEDED: 'busy',
  WAIT_ABORTED: 'aborted',
  STORE_UNAVAILABLE: 'unavailable',
  LOCK_TIMEOUT: 'gave-up',
  CLOSED: 'aborted',
}
