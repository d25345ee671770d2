/**
 * One timer for all that sleep. Waiters that are due within a few milliseconds of one another wake together, so a
 * thousand of them cost a few timer calls a second.
 */
export class Alarm<Waiter> {
  readonly #due = new Map<Waiter, number>()
  readonly #wake: (waiter: Waiter) => void
  #timer: NodeJS.Timeout | undefined
  #rings = Number.POSITIVE_INFINITY

  constructor(wake: (waiter: Waiter) => void) {
    this.#wake = wake
  }

  set(waiter: Waiter, ms: number): void {
    const at = performance.now() + ms
    this.#due.set(waiter, at)
    if (at < this.#rings) this.#arm(at)
  }

  delete(waiter: Waiter): void {
    this.#due.delete(waiter)
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
    for (const [waiter, at] of [...this.#due]) {
      if (at <= now + TOGETHER_MS) {
        this.#due.delete(waiter)
        this.#wake(waiter)
      } else if (at < next) {
        next = at
      }
    }
    if (next < this.#rings) this.#arm(next)
  }
}

// Less than the shortest sleep (5 ms before a PHP holder's first look), so that nobody wakes much too early.
const TOGETHER_MS = 2
