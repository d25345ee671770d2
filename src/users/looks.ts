/** What was seen of sessions in the last seconds, so that each is looked at once in that time. */
export class Looks {
  readonly #lasts: number
  readonly #seen = new Map<string, { at: number; lives: Promise<boolean> }>()

  /** @param lasts milliseconds */
  constructor(lasts: number) {
    this.#lasts = lasts
  }

  at(name: string, look: () => Promise<boolean>): Promise<boolean> {
    const now = performance.now()
    const seen = this.#seen.get(name)
    if (seen && now - seen.at < this.#lasts) return seen.lives
    this.#sweep(now)
    const lives = look()
    this.#seen.delete(name)
    this.#seen.set(name, { at: now, lives })
    // One that has ended is looked at again, and so is one where the look failed.
    const drop = () => this.#seen.get(name)?.lives === lives && this.#seen.delete(name)
    lives.then(alive => alive || drop(), drop)
    return lives
  }

  clear(): void {
    this.#seen.clear()
  }

  /** They are in the order in which they were looked at. */
  #sweep(now: number): void {
    for (const [name, { at }] of this.#seen) {
      if (now - at < this.#lasts) return
      this.#seen.delete(name)
    }
  }
}
