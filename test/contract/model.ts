import fc from 'fast-check'
import { type Caller, LONG, Stage, TOMBSTONE, type World } from '../../src/contract/stage.ts'
import type { Expected, Touch, Write } from '../../src/store.ts'

/** One step of one of nine requests, three in each of three processes. `Over` is what they vary in. */
export interface Step {
  step: keyof typeof STEPS
  by: number
  name: 'a' | 'b'
  over: Over
}

interface Over {
  mode: Write['mode']
  keep: boolean
  lease: number
  grant: number
  ttl: number
  absolute: number
  maxWaiters: number
  /** The request that is believed to hold the lock; undefined for the one that does. */
  of: number | undefined
  version: number | undefined
  stale: boolean
}

const STEPS = {
  acquire: (run, { by, name, over: { lease, grant, maxWaiters } }) =>
    run.caller(by).acquire(name, { lease, grant, maxWaiters }),
  askAnew: async (run, { by, name, over: { lease, grant, maxWaiters } }) => {
    const caller = run.caller(by)
    await caller.unheard(name, { lease, grant, maxWaiters })
    return caller.acquire(name, { lease, grant, maxWaiters, again: true })
  },
  break: (run, { by, name, over }) => {
    const { lease, grant, version: writes } = over
    return run
      .caller(by)
      .acquire(name, { lease, grant, breaks: { token: run.holder(name, over).token, writes } })
  },
  create: (run, { by, name, over: { keep, lease, ttl, absolute } }) =>
    run.commit(run.caller(by), name, { mode: 'create', keep, lease, ttl, absolute }),
  commit: (run, { name, over }) => {
    const { mode, keep, lease, grant, ttl, absolute, stale } = over
    const old = stale ? { base: 1 } : {}
    return run.commit(run.holder(name, over), name, { mode, keep, lease, grant, ttl, absolute, ...old })
  },
  commitAgain: (run, { name }) => run.commitAgain(name),
  read: (run, { by, name }) => run.caller(by).read(name),
  release: (run, { name, over }) => {
    const { store, waiter } = run.holder(name, over)
    return store.release(name, { ...waiter, lease: over.lease, grant: over.grant })
  },
  releaseAndTouch: (run, { name, over }) => run.holder(name, over).release(name, touchOf(over)),
  leave: (run, { name, over }) => run.holder(name, over).leave(name),
  renew: (run, { name, over }) => {
    const caller = run.holder(name, over)
    return caller.store.renew([caller.lease(name, over.lease)])
  },
  touch: (run, { by, name, over }) => run.caller(by).store.touch(name, touchOf(over)),
  destroy: (run, { by, name }) => run.caller(by).store.destroy(name, TOMBSTONE),
  end: (run, { name, over }) => {
    const old = over.stale ? { base: 1 } : {}
    return run.holder(name, over).end(name, over.mode as Expected['mode'], old)
  },
  listen: (run, { by }) => run.listen(by),
} satisfies Record<string, (run: Run, step: Step) => Promise<unknown>>

/** A lease or grant of 0 has lapsed as soon as it is given: time passes alike on every clock. */
const lease = fc.oneof({ arbitrary: fc.constant(LONG), weight: 5 }, { arbitrary: fc.constant(0), weight: 1 })
const caller = fc.nat({ max: 8 })

export const steps = fc.array(
  fc.record<Step>({
    step: fc.constantFrom(
      ...weighed({ acquire: 12, commit: 7, create: 3, break: 3, release: 3, commitAgain: 2 }),
    ),
    by: caller,
    name: fc.constantFrom('a', 'a', 'a', 'b'),
    over: fc.record<Over>({
      mode: fc.constantFrom('exclusive', 'exclusive', 'exclusive', 'optimistic', 'unlocked'),
      keep: fc.boolean(),
      lease,
      grant: lease,
      ttl: fc.constantFrom(LONG, 5 * LONG, 20 * LONG),
      absolute: fc.constantFrom(0, 0, 10 * LONG),
      maxWaiters: fc.constantFrom(0, 0, 1, 2),
      of: fc.option(caller, { nil: undefined, freq: 1 }),
      version: fc.constantFrom(undefined, undefined, 1, 2),
      stale: fc.boolean(),
    }),
  }),
  { minLength: 5, maxLength: 60 },
)

function weighed(weights: Partial<Record<Step['step'], number>>): Step['step'][] {
  const all = Object.keys(STEPS) as Step['step'][]
  return all.flatMap(step => Array.from({ length: weights[step] ?? 1 }, () => step))
}

/** Far from every other time to live, so that the milliseconds that a step takes make no difference. */
function touchOf({ ttl, absolute }: Over): Touch {
  return { ttl, absolute, interval: 5000 }
}

/** The steps on one store. */
export class Run {
  readonly #stage: Stage
  readonly #callers: Caller[]
  readonly #holders = new Map<string, string | undefined>()
  readonly #listening = new Set<number>()
  readonly #sent = new Map<string, () => Promise<unknown>>()

  constructor(world: World) {
    this.#stage = new Stage(world)
    this.#callers = Array.from({ length: 9 }, (_, n) => this.#process(n).caller(`GET ${n}`))
  }

  /** Two processes can hear, and one record is there. */
  async begin(): Promise<void> {
    await Promise.all([this.listen(0), this.listen(1)])
    await this.#stage.record('a')
  }

  /** What it answered, and what both records are now: without what differs from clock to clock. */
  async take(step: Step): Promise<string> {
    const answer = await STEPS[step.step](this, step)
    const records = [await this.#seen('a'), await this.#seen('b')]
    return comparable({ answer, records })
  }

  /** In order, by process; once a last message, which comes after all others, has come to each that listens. */
  async allWoken(): Promise<string> {
    const ends = [...this.#listening].map(n => ({ name: `the end of ${n}`, process: this.#process(n) }))
    for (const { name, process } of ends) {
      const { token } = await this.#stage.held(name, process)
      await this.#stage.store.destroy(name, TOMBSTONE)
      await this.#stage.until(async () => process.woken.includes(token))
    }
    return comparable([0, 1, 2].map(n => this.#process(n).woken))
  }

  caller(n: number): Caller {
    return this.#callers[n] as Caller
  }

  holder(name: string, { of }: Over): Caller {
    const token = this.#holders.get(name)
    return this.#callers.find(caller => of === undefined && caller.token === token) ?? this.caller(of ?? 0)
  }

  listen(n: number): Promise<void> {
    this.#listening.add(n % 3)
    return this.#process(n).listen()
  }

  commit(by: Caller, name: string, over: Partial<Write>): Promise<unknown> {
    const write = by.write(`by ${by.request}`, over)
    const send = () => by.store.commit(name, write)
    this.#sent.set(name, send)
    return send()
  }

  async commitAgain(name: string): Promise<unknown> {
    return this.#sent.get(name)?.()
  }

  async #seen(name: string) {
    const seen = await this.#stage.store.inspect(name)
    this.#holders.set(name, seen?.holder?.token)
    return seen
  }

  #process(n: number) {
    return this.#stage.process(1 + (n % 3))
  }
}

const ROUND_MS = 20_000

function comparable(seen: unknown): string {
  return JSON.stringify(
    seen,
    (key, value) => {
      if (key === 'born') return String(value).replace(/^.*\./, '')
      if (['arrival', 'heldFor', 'created', 'at', 'idAge'].includes(key)) return typeof value
      if (key === 'leaseLeft') return value > 0
      // Of those behind the first Redis does not count who has left.
      if (key === 'position') return value > 0
      if (key === 'ttl') return Math.round(value / ROUND_MS)
      if (key === 'key') return undefined
      if (value?.type === 'Buffer') return Buffer.from(value.data).toString()
      if (value?.constructor === Object) return Object.fromEntries(Object.entries(value).sort())
      if (typeof value === 'string') return value.replace(/contract-(\d+)-\w+/, 'process-$1')
      return value
    },
    1,
  )
}
