import type { Group } from '../input/input.ts'
import { messageOf } from '../problem.ts'
import type { Candidate } from './candidates.ts'
import { inTurn, mean, type Spread, spreadOf } from './statistics.ts'
import { type Trip, tripOf } from './trip.ts'

/** One candidate on one group. Sizes are means in bytes, times milliseconds. */
export interface Measured {
  readonly candidate: Candidate
  readonly stored: number
  /** Of each session, as stored. */
  readonly sizes: readonly number[]
  readonly in: Spread
  readonly out: Spread
  /** The 99th percentile of how long the event loop stood still at once. */
  readonly block: number
  readonly trips: number
}

export interface Failed {
  readonly candidate: Candidate
  readonly failed: string
}

export interface Pace {
  readonly rounds: number
  /** Milliseconds that a candidate gets in a round, for one group. */
  readonly slice: number
}

export type Step = (what: string) => void

/** Samples that are kept of a candidate: enough for a percentile, and bounded. */
const MOST_SAMPLES = 20_000

/**
 * Measures in turn, so that what slows the machine down for a while hits all alike.
 *
 *  1. Each candidate takes every session through once. That warms it up, gives the sizes, and proves the round trip.
 *  2. In each round every candidate gets the same time, in an order that turns. Round trips are checked here too.
 *  3. A candidate that fails once is out.
 */
export async function measureGroup(
  group: Group,
  candidates: readonly Candidate[],
  pace: Pace,
  step: Step,
): Promise<(Measured | Failed)[]> {
  const runs = candidates.map(candidate => new Run(candidate, group.sessions))
  for (const run of runs) {
    step(`${group.name}, ${run.candidate.name}: warming up`)
    await run.warmUp()
  }
  for (let round = 0; round < pace.rounds; round++) {
    for (const run of inTurn(runs, round)) {
      step(`${group.name}, ${run.candidate.name}`)
      await run.round(pace.slice, Math.ceil(MOST_SAMPLES / pace.rounds))
    }
  }
  return runs.map(run => run.result())
}

class Run {
  readonly candidate: Candidate
  readonly #sessions: readonly Buffer[]
  readonly #rounds: Trip[][] = []
  #sizes: number[] = []
  #next = 0
  #failed: string | undefined

  constructor(candidate: Candidate, sessions: readonly Buffer[]) {
    this.candidate = candidate
    this.#sessions = sessions
  }

  async warmUp(): Promise<void> {
    const sizes: number[] = []
    for (const session of this.#sessions) {
      const trip = await this.#try(session)
      if (!trip) return
      sizes.push(trip.stored)
    }
    this.#sizes = sizes
  }

  async round(slice: number, most: number): Promise<void> {
    const trips: Trip[] = []
    const end = performance.now() + slice
    const enough = Math.min(most, this.candidate.most ?? most)
    while (this.#failed === undefined && trips.length < enough) {
      const trip = await this.#try(this.#sessions[this.#next++ % this.#sessions.length] as Buffer)
      if (trip) trips.push(trip)
      // Nothing to time, and one trip proves as much as many.
      if (performance.now() >= end || !this.candidate.compressor) break
    }
    this.#rounds.push(trips)
  }

  result(): Measured | Failed {
    const { candidate } = this
    if (this.#failed !== undefined) return { candidate, failed: this.#failed }
    const all = this.#rounds.flat()
    return {
      candidate,
      stored: mean(this.#sizes),
      sizes: this.#sizes,
      in: spreadOf(this.#rounds.map(round => round.map(trip => trip.in))),
      out: spreadOf(this.#rounds.map(round => round.map(trip => trip.out))),
      block: spreadOf([all.map(trip => trip.block)]).p99,
      trips: all.length,
    }
  }

  async #try(session: Buffer): Promise<Trip | undefined> {
    try {
      return await tripOf(this.candidate, session)
    } catch (error) {
      this.#failed ??= messageOf(error)
      return undefined
    } finally {
      await breath()
    }
  }
}

/**
 * A turn of the event loop, as there is between two requests: for signals, for the progress bar, and for node:zlib, which
 * frees a finished stream in the next turn.
 */
function breath(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
