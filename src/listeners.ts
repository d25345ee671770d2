import type { SessionEvent } from './events.ts'
import { type Logger, logEvent, logThrown } from './log.ts'

/** Hears of everything that happens: the option `onEvent`, and `sessions.onEvent`. */
export type Listener = (event: SessionEvent) => void

/** Who reads events: the log, and the listeners of the application. */
export class Listeners {
  readonly #log: Logger
  readonly #listeners = new Set<Listener>()

  constructor(log: Logger) {
    this.#log = log
  }

  /** @returns takes it away again */
  add(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Whether anybody wants to hear of what goes well. The log does at the level `trace`. */
  readonly hearProgress = (): boolean => this.#listeners.size > 0 || this.#log.isLevelEnabled('trace')

  readonly emit = (event: SessionEvent): void => {
    logEvent(this.#log, event)
    for (const listener of this.#listeners) {
      try {
        listener(event)
      } catch (error) {
        // The code that emits may be about to take a lock or to give one back.
        logThrown(this.#log, event, error)
      }
    }
  }
}
