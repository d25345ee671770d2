/**
 * The sessions of this process that may still be written: those that `close` waits for.
 *
 * They are known weakly. A session that its request has dropped without an end can be written by nobody; it takes no memory
 * here, and once it is collected nobody waits for it.
 */
export class Running {
  readonly #entries = new Set<Entry>()
  readonly #emptied = new Set<() => void>()
  #sweepAt = SWEEP_FROM

  get size(): number {
    return this.#entries.size
  }

  begin(session: Entry): Entry {
    if (this.#entries.size >= this.#sweepAt) {
      this.#sweep()
      // So that what one sweep costs is shared by as many as there were.
      this.#sweepAt = Math.max(SWEEP_FROM, 2 * this.#entries.size)
    }
    this.#entries.add(session)
    return session
  }

  end(entry: Entry): void {
    this.#entries.delete(entry)
    if (this.#entries.size === 0) for (const emptied of this.#emptied) emptied()
  }

  /** Waits until all have ended, `grace` ms at most. */
  async drain(grace: number): Promise<void> {
    const end = performance.now() + grace
    for (;;) {
      // A step that ends one session may begin the next: a login's, under its new id.
      await new Promise(resolve => setImmediate(resolve))
      this.#sweep()
      const left = end - performance.now()
      if (this.#entries.size === 0 || left <= 0) return
      await this.#empty(left)
    }
  }

  #empty(within: number): Promise<void> {
    return new Promise(resolve => {
      const emptied = () => {
        clearTimeout(timer)
        this.#emptied.delete(emptied)
        resolve()
      }
      const timer = setTimeout(emptied, within)
      this.#emptied.add(emptied)
    })
  }

  #sweep(): void {
    for (const entry of this.#entries) if (!entry.deref()) this.#entries.delete(entry)
  }
}

type Entry = WeakRef<object>
type GoesOn<T> = (result?: T) => boolean | undefined

/** One session's time among them. */
export class Stay {
  readonly #running: Running
  /** The session, known weakly. */
  readonly self: Entry
  #entry: Entry | undefined

  constructor(running: Running, session: object) {
    this.#running = running
    this.self = new WeakRef(session)
  }

  get lasts(): boolean {
    return this.#entry !== undefined
  }

  begin(): Entry {
    this.#entry ??= this.#running.begin(this.self)
    return this.#entry
  }

  end(entry = this.#entry): void {
    if (!entry) return
    this.#running.end(entry)
    if (this.#entry === entry) this.#entry = undefined
  }

  /** A step that is waited for whatever the session is; afterwards the session is where it `goesOn`: not, if nothing is said. */
  async during<T>(step: () => Promise<T>, goesOn: GoesOn<T> = never): Promise<T> {
    const entry = this.begin()
    let result: T | undefined
    try {
      result = await step()
      return result
    } finally {
      // What began anew during the step, under another id, goes on.
      if (!goesOn(result)) this.end(entry)
    }
  }
}

const never = () => false

// As many as run at once in a busy process; more are likely to have been dropped.
const SWEEP_FROM = 1000
