import type { Entry, OpenOutcome } from '../history.ts'
import type { Limits } from '../rules/rule.ts'
import type { Acquired, Committed, Store, Version, Writing } from './store.ts'
import type { Process, Steps, World } from './world.ts'

/** The store as this moment has it: a master that is cut off is a second one. */
export type Reach = () => Store

const SESSION = 'the-session'
const POLL_MS = 100
const TURN_MS = 3

/** One client of one process, which visits the session until the time is over. */
export class ModelClient {
  readonly #world: World
  readonly #process: Process
  readonly #client: number
  readonly #reach: Reach
  readonly #limits: Limits
  readonly #isDead: (op: string) => boolean
  #names = 0

  constructor(
    world: World,
    process: Process,
    client: number,
    reach: Reach,
    limits: Limits,
    isDead: (op: string) => boolean,
  ) {
    this.#world = world
    this.#process = process
    this.#client = client
    this.#reach = reach
    this.#limits = limits
    this.#isDead = isDead
  }

  *visits(until: number): Steps {
    const { random } = this.#world
    while (this.#world.now < until) {
      const kind = random.weighed({
        exclusive: 52,
        impatient: 8,
        readonly: 12,
        optimistic: 15,
        destroy: 1,
        think: 12,
      })
      if (kind === 'exclusive') yield* this.#exclusive(Number.POSITIVE_INFINITY)
      else if (kind === 'impatient') yield* this.#exclusive(random.between(1, 60))
      else if (kind === 'readonly') yield* this.#read(this.#name(), 'readonly')
      else if (kind === 'optimistic') yield* this.#optimistic()
      else if (kind === 'destroy') yield* this.#destroy('')
      else yield random.between(1, 40)
    }
  }

  *#exclusive(patience: number): Steps {
    const op = this.#name()
    this.#call({ what: 'open', access: 'exclusive', op })
    const found = yield* this.#acquire(op, patience)
    const { outcome, seen } = found
    this.#world.write({ line: 'end', what: 'open', op, outcome, ...(seen ? { seen: seenOf(seen) } : {}) })
    if (outcome === 'missing') return yield* this.#begin()
    if (outcome === 'busy') yield this.#world.random.between(5, 20)
    if (outcome !== 'granted' || !seen) return
    this.#world.start(this.#process, this.#renewals(op))
    yield this.#thought()
    const { random } = this.#world
    const end = random.weighed({ commit: 74, twice: 5, keep: 10, release: 8, destroy: 3 })
    if (end === 'destroy') return yield* this.#destroy(op)
    if (end !== 'release') yield* this.#commits(op, seen, end)
    yield* this.#release(op)
  }

  *#commits(op: string, seen: Version, how: 'commit' | 'twice' | 'keep'): Steps {
    let base = seen
    if (how === 'keep') {
      const written = yield* this.#commit(op, 'exclusive', base, true)
      if (!written) return
      base = written
      yield this.#thought()
    }
    const written = yield* this.#commit(op, 'exclusive', base, false)
    if (how === 'twice' && written) yield* this.#commit(op, 'exclusive', written, false)
  }

  *#optimistic(): Steps {
    const op = this.#name()
    const seen = yield* this.#read(op, 'optimistic')
    if (!seen) return
    yield this.#thought()
    yield* this.#commit(op, 'optimistic', seen, false)
  }

  *#begin(): Steps {
    const base = { born: '', markers: [], writes: 0 }
    const keep = this.#world.random.chance(0.3)
    if ((yield* this.#commit('', 'create', base, keep)) && keep) yield* this.#release('')
  }

  *#read(op: string, access: 'readonly' | 'optimistic'): Steps<Version | undefined> {
    this.#call({ what: 'open', access, op })
    const answer = yield* this.#world.call(() => ({ seen: this.#reach().read() }))
    const outcome = !answer ? 'unavailable' : answer.seen ? 'read' : 'missing'
    const seen = answer?.seen
    this.#world.write({ line: 'end', what: 'open', op, outcome, ...(seen ? { seen: seenOf(seen) } : {}) })
    return seen
  }

  /** Asks until it is answered with the lock, or with nothing that it could wait for. */
  *#acquire(op: string, patience: number): Steps<{ outcome: OpenOutcome; seen?: Version | undefined }> {
    const { breakAfter, failAfter } = this.#limits
    const began = this.#world.now
    const aborted = began + patience
    let watched = { holder: '', since: began }
    for (;;) {
      const asked = this.#world.now * 1e6
      const old = this.#world.now - watched.since >= breakAfter || this.#isDead(watched.holder)
      const breaks = watched.holder !== '' && old ? watched.holder : undefined
      const answer: Acquired | undefined = yield* this.#world.call(() => this.#reach().acquire(op, breaks))
      if (!answer) return { outcome: 'unavailable' }
      const { took, holder, outcome, seen } = answer
      if (took) this.#world.write({ line: 'took', op, asked, ...took })
      if (outcome !== 'queued') return { outcome, seen }
      this.#world.write({ line: 'look', op, asked, holder })
      if (holder !== watched.holder) watched = { holder, since: this.#world.now }
      if (this.#world.now - began > breakAfter + failAfter) {
        yield* this.#leave(op)
        return { outcome: 'gave-up' }
      }
      for (let ms = 0; ms < POLL_MS && this.#reach().stored?.holder !== op; ms += TURN_MS) {
        if (this.#world.now >= aborted) {
          this.#world.start(this.#process, this.#leave(op))
          return { outcome: 'aborted' }
        }
        yield TURN_MS
      }
    }
  }

  *#leave(op: string): Steps {
    yield* this.#world.call(() => this.#reach().release(op))
  }

  /** The version that was written, if any was. */
  *#commit(op: string, mode: Writing['mode'], base: Version, keep: boolean): Steps<Version | undefined> {
    const marker = this.#name()
    const born = base.born === '' ? marker : base.born
    const markers = [...base.markers, marker]
    const parent = base.markers.at(-1) ?? ''
    const list = { marker, parent, life: born, depth: markers.length }
    this.#call({ what: 'commit', op: marker, grant: op, mode, keep, ...list })
    const writing = { op: op || marker, marker, mode, base, keep }
    const answer: Committed | undefined = yield* this.#world.call(again =>
      this.#reach().commit(writing, again),
    )
    const end = !answer
      ? ({ outcome: 'unknown' } as const)
      : answer.written
        ? ({ outcome: 'written', writes: answer.writes } as const)
        : ({ outcome: 'refused', why: answer.why } as const)
    this.#world.write({ line: 'end', what: 'commit', op: marker, ...end })
    return answer?.written ? { born, markers, writes: answer.writes } : undefined
  }

  *#release(grant: string): Steps {
    const op = this.#name()
    this.#call({ what: 'release', op, grant })
    const done = yield* this.#world.call(() => this.#reach().release(grant) ?? true)
    this.#world.write({ line: 'end', what: 'release', op, outcome: done ? 'done' : 'unknown' })
  }

  *#destroy(grant: string): Steps {
    const op = this.#name()
    this.#call({ what: 'destroy', op, grant })
    const done = yield* this.#world.call(() => this.#reach().destroy() ?? true)
    this.#world.write({ line: 'end', what: 'destroy', op, outcome: done ? 'done' : 'unknown' })
  }

  /** For as long as a visit may last. */
  *#renewals(op: string): Steps {
    for (let renewed = 0; renewed < 15 && this.#reach().stored?.holder === op; renewed += 1) {
      this.#reach().renew(op)
      yield this.#limits.lease / 3
    }
  }

  #thought(): number {
    const { random } = this.#world
    const { lease, breakAfter } = this.#limits
    const kind = random.weighed({ none: 60, short: 39, slow: 0.7, stuck: 0.3 })
    if (kind === 'slow') return lease * 1.3
    if (kind === 'stuck') return breakAfter * 1.2
    return kind === 'none' ? 0.01 : random.between(0, 8)
  }

  #call(call: object): void {
    const who = { process: this.#process.name, client: this.#client, session: SESSION }
    this.#world.write({ line: 'call', ...who, ...call } as Entry)
  }

  #name(): string {
    this.#names += 1
    return `${this.#process.name}-${this.#client}/${this.#names}`
  }
}

function seenOf({ born, markers, writes }: Version) {
  return { life: born, last: markers.at(-1) ?? '', count: markers.length, writes }
}
