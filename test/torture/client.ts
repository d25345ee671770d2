import { setTimeout as pause } from 'node:timers/promises'
import type { OpenOptions } from '../../src/index.ts'
import type { Chronicle, Stay } from './chronicle.ts'
import { seenIn } from './markers.ts'
import type { Names } from './names.ts'
import type { Random } from './random.ts'
import type { Access, Subject } from './subject.ts'

export interface Habits {
  /** Names of the sessions that all clients share. */
  hot: string[]
  /** Of this client alone. */
  cold: string
  /** Milliseconds. */
  lease: number
  breakAfter: number
  /** How many of a hundred visits think for longer than the lease, and than breakAfter. */
  slow: number
  stuck: number
}

/** Why a session cannot be begun under an id that was destroyed lately. */
const USED_UP: ReadonlySet<string> = new Set(['destroyed', 'gone', 'moved'])

/** A list as long as this is begun anew. */
const LONGEST = 120

/** One client of one process: visits sessions at random, one at a time, as its seed says. */
export class Client {
  readonly #subject: Subject
  readonly #random: Random
  readonly #habits: Habits
  readonly #tells: Chronicle
  readonly #names: Names

  constructor(subject: Subject, random: Random, habits: Habits, tells: Chronicle, names: Names) {
    this.#subject = subject
    this.#random = random
    this.#habits = habits
    this.#tells = tells
    this.#names = names
  }

  /** One visit of a random kind. */
  async visit(): Promise<void> {
    const { hot, cold } = this.#habits
    const name = this.#random.chance(0.85) ? this.#random.pick(hot) : cold
    const id = this.#names.idOf(name)
    const kind = this.#random.weighed(VISITS)
    switch (kind) {
      case 'exclusive':
        return this.#exclusive(name, id)
      case 'impatient':
        return this.#exclusive(name, id, AbortSignal.timeout(Math.ceil(this.#random.between(1, 60))))
      case 'readonly':
        return this.#readonly(id)
      case 'optimistic':
        return this.#optimistic(id)
      case 'upgrade':
        return this.#upgrade(id)
      case 'update':
        return this.#tells.update(id, this.#subject, () => this.#padding())
      case 'destroy':
        return void (await this.#tells.destroy(id, '', () => this.#subject.destroy(id)))
      case 'think':
        return this.#think()
    }
  }

  async #exclusive(name: string, id: string, signal?: AbortSignal): Promise<void> {
    const { stay, outcome } = await this.#open(id, 'exclusive', signal)
    if (outcome === 'missing') return this.#begin(name, id)
    if (stay) await this.#work(id, stay)
  }

  /** Without the lock at first. */
  async #upgrade(id: string): Promise<void> {
    const { stay } = await this.#open(id, 'readonly')
    if (!stay) return
    await this.#think()
    if (await this.#tells.upgrade(stay)) await this.#work(id, stay)
    else await this.#tells.release(stay)
  }

  /** With the lock, to its end. */
  async #work(id: string, stay: Stay): Promise<void> {
    await this.#think()
    const { visit, grant } = stay
    const end = this.#random.weighed(ENDS)
    if (end === 'destroy' || (seenIn(visit)?.count ?? 0) >= LONGEST) {
      await this.#tells.destroy(id, grant, () => visit.destroy())
    } else if (end === 'regenerate') {
      await this.#tells.regenerate(stay)
    } else {
      if (end !== 'release') await this.#commits(stay, end)
      await this.#tells.release(stay)
    }
  }

  async #commits(stay: Stay, how: 'commit' | 'twice' | 'keep'): Promise<void> {
    if (how === 'keep') {
      if (!(await this.#commit(stay, 'exclusive', true))) return
      await this.#think()
    }
    const written = await this.#commit(stay, 'exclusive', false)
    if (how === 'twice' && written) await this.#commit(stay, 'exclusive', false)
  }

  async #readonly(id: string): Promise<void> {
    const { stay } = await this.#open(id, 'readonly')
    if (!stay) return
    if (this.#random.chance(0.2)) await this.#commit(stay, 'exclusive', false)
    await this.#tells.release(stay)
  }

  async #optimistic(id: string): Promise<void> {
    const { stay } = await this.#open(id, 'optimistic')
    if (!stay) return
    await this.#think()
    if (this.#random.chance(0.2)) await this.#tells.release(stay)
    else await this.#commit(stay, 'optimistic', false)
  }

  /** Nothing is stored under this id, so this client begins the session. */
  async #begin(name: string, id: string): Promise<void> {
    const visit = this.#subject.create(id, { request: this.#tells.name() })
    const keep = this.#random.chance(0.3)
    const stay = { session: id, grant: '', visit }
    const { written, why } = await this.#tells.commit(stay, 'create', keep)
    if (why !== undefined && USED_UP.has(why)) this.#names.goOn(name, id)
    if (!written || !keep) return
    await this.#think()
    await this.#tells.release(stay)
  }

  #open(id: string, access: Access, signal?: AbortSignal) {
    const open = (options: OpenOptions) => this.#subject.open(id, signal ? { ...options, signal } : options)
    return this.#tells.open(id, access, open)
  }

  async #commit(stay: Stay, mode: 'exclusive' | 'optimistic', keep: boolean): Promise<boolean> {
    return (await this.#tells.commit(stay, mode, keep, this.#padding())).written
  }

  /** Now and then enough for the payload to be compressed. */
  #padding(): number {
    return this.#random.chance(0.1) ? 3000 : 0
  }

  #think(): Promise<void> {
    const { slow, stuck, lease, breakAfter } = this.#habits
    const kind = this.#random.weighed({ stuck, slow, none: 30, short: 70 - stuck - slow })
    if (kind === 'stuck') return pause(breakAfter * 1.2)
    if (kind === 'slow') return pause(lease * 1.3)
    return kind === 'none' ? Promise.resolve() : pause(this.#random.between(0, 8))
  }
}

/** Of a hundred visits; of a hundred visits with the lock. */
const VISITS = {
  exclusive: 55,
  readonly: 12,
  optimistic: 10,
  upgrade: 5,
  update: 8,
  impatient: 6,
  destroy: 0.5,
  think: 3.5,
}
const ENDS = { commit: 74, twice: 4, keep: 8, release: 10, destroy: 1, regenerate: 3 }
