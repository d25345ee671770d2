import type { Line, Loss, ProcessState } from '../history.ts'
import { Random } from '../random.ts'
import type { Limits } from '../rules/rule.ts'
import { ModelClient } from './clients.ts'
import { type Bug, Store } from './store.ts'
import { type Process, World } from './world.ts'

const PROCESSES = 3
const CLIENTS = 3
const LASTS_MS = 3000

/** What can happen to the store and to those who use it, by the name that the checker is told. */
export const FAULTS = [
  'none', 'connections cut', 'calls late', 'data gone', 'keys evicted', 'old copy', 'parted', 'killed', 'stopped',
  'a clock that jumps', 'any of these',
] as const // biome-ignore format: one glance
export type FaultName = (typeof FAULTS)[number]

/** The history of some processes that use one session while a fault strikes; the same for the same seed. */
export function play(seed: number | string, fault: FaultName, limits: Limits, bug?: Bug): Line[] {
  return new Play(seed, limits, bug).run(fault)
}

class Play {
  readonly #world: World
  readonly #random: Random
  readonly #limits: Limits
  readonly #processes: Process[] = []
  #store: Store
  /** A master that is cut off, and that some still reach. */
  #cutOff: Store | undefined

  constructor(seed: number | string, limits: Limits, bug: Bug | undefined) {
    this.#random = new Random(seed, 'model')
    this.#world = new World(this.#random)
    this.#limits = limits
    this.#store = new Store(this.#world, bug, op => !this.#isDead(op), limits)
  }

  run(fault: FaultName): Line[] {
    for (let n = 1; n <= PROCESSES; n += 1) this.#hire(`w${n}.1`)
    const strike = () => {
      if (this.#world.now > LASTS_MS) return
      const over = this.#strike(fault)
      this.#world.after(over + this.#random.between(50, 700), strike)
    }
    this.#world.after(this.#random.between(200, 700), strike)
    this.#world.run()
    return this.#world.lines
  }

  #hire(name: string): void {
    const process = { name, dead: false, stoppedUntil: 0 }
    this.#processes.push(process)
    const reach = () => (this.#cutOff && this.#random.chance(0.5) ? this.#cutOff : this.#store)
    for (let n = 0; n < CLIENTS; n += 1) {
      const client = new ModelClient(this.#world, process, n, reach, this.#limits, op => this.#isDead(op))
      this.#world.start(process, client.visits(LASTS_MS))
    }
  }

  #isDead(op: string): boolean {
    const name = op.split('-')[0]
    return this.#processes.some(process => process.name === name && process.dead)
  }

  /** Answers for how long it lasts. */
  #strike(fault: FaultName): number {
    if (fault === 'any of these') return this.#strike(this.#random.pick(FAULTS.slice(0, -1)))
    const ms = this.#random.between(20, 400)
    const place = this.#random.pick(this.#processes.filter(({ dead }) => !dead))
    switch (fault) {
      case 'none':
        return 0
      case 'connections cut':
        return this.#trouble(fault, ms, undefined)
      case 'calls late':
        this.#world.lateCalls = 0.1
        return this.#trouble(fault, ms, undefined)
      case 'data gone':
      case 'keys evicted':
        this.#world.after(ms / 2, () => this.#store.lose())
        return this.#trouble(fault, ms, fault === 'data gone' ? 'all' : 'some')
      case 'old copy': {
        const copy = this.#store.copy()
        this.#world.after(ms / 2, () => {
          this.#store = copy
        })
        return this.#trouble(fault, ms, 'rollback')
      }
      case 'parted': {
        const replica = this.#store.copy()
        this.#world.after(ms / 3, () => {
          this.#cutOff = this.#store
          this.#store = replica
        })
        this.#world.after(ms * 0.9, () => {
          this.#cutOff = undefined
        })
        return this.#trouble(fault, ms, 'rollback')
      }
      case 'killed':
        this.#tell(place.name, 'killed')
        place.dead = true
        this.#world.after(ms, () => this.#hire(`${place.name.split('.')[0]}.${this.#processes.length}`))
        return this.#trouble(fault, ms, undefined)
      case 'stopped': {
        const long = this.#random.pick([this.#limits.lease * 1.3, this.#limits.breakAfter * 1.2])
        this.#tell(place.name, 'stopped')
        place.stoppedUntil = this.#world.now + long
        this.#world.after(long, () => this.#tell(place.name, 'continued'))
        return this.#trouble(fault, long, undefined)
      }
      case 'a clock that jumps':
        this.#world.after(ms / 2, () => {
          if (this.#store.stored) this.#store.stored.lease -= 3000
        })
        return this.#trouble(fault, ms, undefined)
    }
  }

  /** Wherever there is trouble, replies are lost. */
  #trouble(name: string, ms: number, loss: Loss | undefined): number {
    this.#world.lostReplies = 0.3
    this.#world.write({ line: 'trouble', name, phase: 'begin', ...(loss ? { loss } : {}) })
    this.#world.after(ms, () => {
      this.#world.lostReplies = 0
      this.#world.lateCalls = 0
      this.#world.write({ line: 'trouble', name, phase: 'end' })
    })
    return ms
  }

  #tell(process: string, state: ProcessState): void {
    this.#world.write({ line: 'process', process, state })
  }
}
