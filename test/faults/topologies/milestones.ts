/** Counts what was done, and lets others wait until so much more has been. */
export class Milestones {
  #done = 0
  readonly #awaited = new Set<{ at: number; reached: () => void }>()

  count(): void {
    this.#done += 1
    for (const one of this.#awaited) {
      if (this.#done < one.at) continue
      this.#awaited.delete(one)
      one.reached()
    }
  }

  more(times: number): Promise<void> {
    return new Promise(reached => void this.#awaited.add({ at: this.#done + times, reached }))
  }
}
