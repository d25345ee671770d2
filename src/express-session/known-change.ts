const UNCHANGED = 'unchanged'
const CHANGED = 'changed'

/**
 * Tells express-session whether a session was changed, in place of its hashes: it serializes each session through a
 * replacer, once when it has come and up to three times when the response ends, 39 µs each for 6 KB, to learn what is known
 * here already.
 *
 * ALGORITHM  JSON.stringify asks an object's `toJSON` first. There is one for the moments at which express-session, and
 *            nobody else, serializes the session: right after it got it, and from its own `end` to its call of the store.
 * PROMISES   1. Nobody else ever sees it: it answers once, or is taken away before anything else runs.
 *            2. An express-session that does not ask at the first moment is not answered at the second; it hashes as ever.
 */
export class KnownChange {
  #asked = false
  #told: object | undefined

  /** `data` is what express-session has just got, and now hashes. */
  begin(data: object): void {
    if ('toJSON' in data) return
    answer(data, () => {
      Reflect.deleteProperty(data, 'toJSON')
      this.#asked = true
      return UNCHANGED
    })
  }

  /** express-session ends the response within `step`, which calls `told` when it calls the store. */
  end(session: object | null | undefined, changed: () => boolean, step: () => void): void {
    if (!this.#asked || !session || 'toJSON' in session) {
      step()
      return
    }
    let answered: string | undefined
    answer(session, () => {
      answered ??= changed() ? CHANGED : UNCHANGED
      return answered
    })
    this.#told = session
    try {
      step()
    } finally {
      this.told()
    }
  }

  told(): void {
    if (this.#told) Reflect.deleteProperty(this.#told, 'toJSON')
    this.#told = undefined
  }
}

function answer(asked: object, toJSON: () => string): void {
  Object.defineProperty(asked, 'toJSON', { configurable: true, enumerable: false, value: toJSON })
}
