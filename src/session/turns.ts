/** Steps that run one after the other, in the order in which they were asked for. One that nobody is before begins at once. */
export class Turns {
  #busy = false
  #waiting: (() => void)[] | undefined

  async take<T>(step: () => Promise<T>): Promise<T> {
    if (this.#busy) {
      await new Promise<void>(next => {
        this.#waiting ??= []
        this.#waiting.push(next)
      })
    }
    this.#busy = true
    try {
      return await step()
    } finally {
      const next = this.#waiting?.shift()
      // It stays busy: the next one is not overtaken before it begins.
      if (next) next()
      else this.#busy = false
    }
  }
}
