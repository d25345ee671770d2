import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { OptionsInput } from '../../src/index.ts'
import { Chronicle } from './chronicle.ts'
import type { Habits } from './client.ts'
import { type History, type Line, type Loss, openHistory, readHistory } from './history.ts'
import { latchkey } from './latchkey.ts'
import { idOf } from './layout.ts'
import { notesOf } from './notes.ts'
import { Random } from './random.ts'
import { restOf } from './rest.ts'
import type { AtRest, Limits } from './rules/rule.ts'
import type { Opening, Topology } from './topologies/topology.ts'
import { Place } from './workers.ts'

export interface LabOptions {
  seed: number | string
  workers: number
  /** In each worker. */
  clients: number
  subject: 'latchkey' | 'reference'
}

export const LIMITS: Limits = {
  lease: 1000,
  breakAfter: 2500,
  failAfter: 2500,
  slack: 3000,
  settle: 1500,
  forgotten: 5000,
  moved: 10_000,
  maxConcurrency: 16,
}
const SECONDS = 1000
export const OPTIONS: OptionsInput = {
  naming: 'plain',
  lease: LIMITS.lease / SECONDS,
  breakAfter: LIMITS.breakAfter / SECONDS,
  failAfter: LIMITS.failAfter / SECONDS,
  maxConcurrency: LIMITS.maxConcurrency,
}
const HOT = 3
/** Ends of visits take this long at most: a holder that is stuck, and waiters behind it. */
/** A failover that was asked for has ended by then, whatever else the machine does. */
const RETURN_MS = 30_000
const RETIRE_MS = 20_000

/** A Redis, some processes full of clients, and what they wrote down. */
export class Lab<T extends Topology = Topology> {
  readonly random: Random
  readonly topology: T
  readonly places: Place[]
  readonly hot: string[]
  readonly #folder: string
  readonly #history: History

  private constructor(folder: string, topology: T, options: LabOptions) {
    this.#folder = folder
    this.random = new Random(options.seed, 'lab')
    this.topology = topology
    this.#history = openHistory(join(folder, 'lab.jsonl'))
    this.hot = Array.from({ length: HOT }, (_, i) => `hot-session-number-${i}`)
    const { lease, breakAfter } = LIMITS
    const habits: Omit<Habits, 'cold'> = { hot: this.hot, lease, breakAfter, slow: 0.3, stuck: 0.05 }
    const { seed, subject, clients } = options
    const hiring = { seed, subject, clients, habits }
    this.places = Array.from({ length: options.workers }, (_, n) => {
      const employment = { ...hiring, options: { ...OPTIONS, redis: topology.redisOf(n) } }
      return new Place(folder, n + 1, employment, this.#history)
    })
  }

  static async open<T extends Topology>(open: Opening<T>, options: LabOptions): Promise<Lab<T>> {
    const topology = await open(options.workers)
    const lab = new Lab(await mkdtemp(join(tmpdir(), 'latchkey-torture-')), topology, options)
    try {
      await Promise.all(lab.places.map(place => place.start()))
      return lab
    } catch (error) {
      await lab.close()
      throw error
    }
  }

  /** Of a session that all clients share, as it is named at the moment. */
  async hotId(name = this.random.pick(this.hot)): Promise<string> {
    return idOf(await this.topology.masters(), name)
  }

  /** While `act` runs, promises that hold only in calm are not asked for. */
  async trouble(name: string, loss: Loss | undefined, act: () => Promise<unknown>): Promise<void> {
    this.#history.write({ line: 'trouble', name, phase: 'begin', ...(loss ? { loss } : {}) })
    try {
      await act()
    } finally {
      this.#history.write({ line: 'trouble', name, phase: 'end' })
    }
  }

  /** Lets everybody end, asks once more for every session, and looks at what Redis holds then. */
  async rest(): Promise<{ lines: Line[]; rest: AtRest; late: string[] }> {
    const ends = await Promise.all(
      this.places.map(async place => (await place.retire(RETIRE_MS)) || place.process),
    )
    const late = ends.filter(end => end !== true)
    const lines = this.places.flatMap(place => place.histories())
    const sessions = new Set(lines.flatMap(line => (line.line === 'call' ? [line.session] : [])))
    await this.#visitAll([...sessions])
    for (const line of lines) if (line.line === 'moved') sessions.add(line.session)
    const dead = new Set(
      readHistory(join(this.#folder, 'lab.jsonl')).flatMap(line =>
        line.line === 'process' && (line.state === 'killed' || line.state === 'crashed')
          ? [line.process]
          : [],
      ),
    )
    const rest = await restOf(await this.topology.masters(), sessions, dead)
    return { lines: [...lines, ...readHistory(join(this.#folder, 'lab.jsonl'))], rest, late }
  }

  async close(): Promise<void> {
    await Promise.all(this.places.map(place => place.kill()))
    await this.topology.stop()
    this.#history.close()
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** What is there now is read by one who comes last; what a dead holder left locked is found free by then. */
  async #visitAll(sessions: string[]): Promise<void> {
    const write = this.#history.write
    const subject = await latchkey({ ...OPTIONS, redis: this.topology.redisOf() }, notesOf(write))
    const tells = new Chronicle(write, 'lab', 0)
    await Promise.all(
      sessions.map(async session => {
        // On a machine with too much to do a server may need a while to come back.
        for (const end = performance.now() + RETURN_MS; ; await pause(200)) {
          const visit = await tells.open(session, 'exclusive', options => subject.open(session, options))
          if (visit.stay) await tells.release(visit.stay)
          if (visit.outcome !== 'unavailable' || performance.now() > end) return
        }
      }),
    )
    await subject.close({ grace: 0 })
  }
}
