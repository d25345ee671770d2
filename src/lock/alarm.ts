/**
 * One timer for everybody who sleeps. Sleepers that are due within a few milliseconds of one another wake together, so a
 * thousand of them cost a few timer calls a second.
 */
export class Alarm<Sleeper> {
  readonly #due = new Map<Sleeper, number>()
  readonly #wake: (sleeper: Sleeper) => void
  #timer: NodeJS.Timeout | undefined
  #rings = Number.POSITIVE_INFINITY

  constructor(wake: (sleeper: Sleeper) => void) {
    this.#wake = wake
  }

  set(sleeper: Sleeper, ms: number): void {
    const at = performance.now() + ms
    this.#due.set(sleeper, at)
    if (at < this.#rings) this.#arm(at)
  }

  delete(sleeper: Sleeper): void {
    this.#due.delete(sleeper)
    if (this.#due.size === 0) this.#disarm()
  }

  get size(): number {
    return this.#due.size
  }

  #arm(at: number): void {
    clearTimeout(this.#timer)
    this.#rings = at
    this.#timer = setTimeout(() => this.#ring(), Math.max(Math.ceil(at - performance.now()), 1))
  }

  #disarm(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#rings = Number.POSITIVE_INFINITY
  }

  #ring(): void {
    this.#disarm()
    const now = performance.now()
    let next = Number.POSITIVE_INFINITY
    for (const [sleeper, at] of [...this.#due]) {
      if (at <= now + TOGETHER_MS) {
        this.#due.delete(sleeper)
        this.#wake(sleeper)
      } else if (at < next) {
        next = at
      }
    }
    if (next < this.#rings) this.#arm(next)
  }
}

// Less than the shortest sleep (5 ms before a PHP holder's first look), so that nobody wakes much too early.
const TOGETHER_MS = 2
