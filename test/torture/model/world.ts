import type { Entry, Line } from '../history.ts'
import type { Random } from '../random.ts'

/** What a process of the model does: it yields for how many milliseconds it does nothing. */
export type Steps<T = void> = Generator<number, T, void>

export interface Process {
  name: string
  dead: boolean
  stoppedUntil: number
}

/** Time that passes at once, processes in it, and what they write down. */
export class World {
  now = 0
  readonly lines: Line[] = []
  readonly random: Random
  /** Of a hundred calls: those whose reply is lost, and those that are given up and run later. */
  lostReplies = 0
  lateCalls = 0
  readonly #events: { at: number; act: () => void }[] = []

  constructor(random: Random) {
    this.random = random
  }

  write(entry: Entry): void {
    // No two moments are the same.
    this.now += 0.0001
    this.lines.push({ at: this.now * 1e6, wall: this.now, ...entry } as Line)
  }

  after(ms: number, act: () => void): void {
    const at = this.now + ms
    const later = this.#events.findIndex(event => event.at > at)
    this.#events.splice(later < 0 ? this.#events.length : later, 0, { at, act })
  }

  /** Until nobody has anything to do. */
  run(): void {
    for (let event = this.#events.shift(); event; event = this.#events.shift()) {
      this.now = Math.max(this.now, event.at)
      event.act()
    }
  }

  start(process: Process, steps: Steps): void {
    const step = () => {
      if (process.dead) return
      if (process.stoppedUntil > this.now) return this.after(process.stoppedUntil - this.now, step)
      const { done, value } = steps.next()
      if (!done) this.after(value, step)
    }
    this.after(0, step)
  }

  /** Runs at the server though its process dies meanwhile. Undefined where the caller was told that nobody knows. */
  *call<T>(act: (again: boolean) => T): Steps<T | undefined> {
    let answer: T | undefined
    const { random } = this
    const send = (ms: number, again: boolean) => {
      this.after(ms, () => {
        answer = act(again)
      })
    }
    if (random.chance(this.lateCalls)) {
      send(random.between(0, 300), false)
      yield 100
      return undefined
    }
    const there = random.between(0.05, 2)
    send(there, false)
    yield there + random.between(0.05, 2)
    if (random.chance(this.lostReplies)) {
      const again = random.between(1, 60)
      send(again, true)
      yield again + random.between(0.05, 2)
    }
    return answer
  }
}
