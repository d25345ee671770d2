import { randomBytes } from 'node:crypto'
import type { Redis } from 'ioredis'
import { type Caller, isGranted, type Process, Stage } from '../../src/contract/stage.ts'
import { redisWorld } from '../contract/redis-world.ts'
import { CLOCK, ClockedRedis } from './set-clock.ts'

/** Whom a poll of a PHP waiter met: the token of the Node request that had the lock, or `php`. */
export type Met = string

export interface Crowd {
  /** For each PHP request, whom its polls met until it got the lock. */
  readonly polls: Met[][]
  /** When Node requests got the lock, in ms. */
  readonly grants: number[]
}

export interface Crowding {
  /** Node requests that each come again as soon as they have ended. */
  lanes: number
  /** How long the next Node request works, in ms. */
  work: () => number
  /** How long the next Node request rests before it comes. */
  rest?: () => number
  /** PHP processes: the ms at which each comes. */
  pollers: number[]
  /** How long until a PHP process comes again, in ms; undefined for never. */
  again?: () => number
  /** How much later than half a second a PHP process polls, in ms. */
  late?: () => number
  /** How long all of this goes on, in ms. */
  lasts: number
}

/** Node requests and PHP processes that want one session, on the scripts and on a clock that goes from act to act. */
export async function crowd(path: string, look: Redis, crowding: Crowding): Promise<Crowd> {
  const prefix = `${randomBytes(6).toString('hex')}_`
  const world = redisWorld(() => new ClockedRedis({ path, lazyConnect: true }), { prefix: prefix })
  await look.set(CLOCK, START)
  const scene = new Scene(new Stage(world).process(1), look, `${prefix}a`, crowding)
  await new Stage(world).record('a')
  await scene.play()
  await world.close()
  return scene
}

interface Lane {
  caller: Caller
  /** The look that it sleeps for. */
  look: number
}

class Scene implements Crowd {
  readonly polls: Met[][] = []
  readonly grants: number[] = []
  readonly #process: Process
  readonly #redis: Redis
  readonly #key: string
  readonly #crowding: Crowding
  readonly #acts: { at: number; act: () => Promise<void> }[] = []
  /** In order of arrival. */
  readonly #waiting = new Map<string, Lane>()
  #now = 0
  #holder: Met = ''

  constructor(process: Process, redis: Redis, key: string, crowding: Crowding) {
    this.#process = process
    this.#redis = redis
    this.#key = key
    this.#crowding = crowding
  }

  async play(): Promise<void> {
    const { lanes, pollers, lasts } = this.#crowding
    for (let i = 0; i < lanes; i += 1) this.#at(i, () => this.#come())
    for (const [i, at] of pollers.entries()) this.#at(at, () => this.#poll(`vm|${7000 + i}`, []))
    for (;;) {
      const next = this.#acts.shift()
      if (!next || next.at > lasts) return
      if (next.at !== this.#now) await this.#redis.set(CLOCK, START + next.at)
      this.#now = next.at
      await next.act()
    }
  }

  #at(ms: number, act: () => Promise<void>): void {
    const at = this.#now + ms
    const after = this.#acts.findIndex(other => other.at > at)
    this.#acts.splice(after < 0 ? this.#acts.length : after, 0, { at, act })
  }

  async #come(): Promise<void> {
    await this.#look({ caller: this.#process.caller(), look: 0 })
  }

  async #look(lane: Lane): Promise<void> {
    const { token } = lane.caller
    const got = await lane.caller.acquire('a')
    if (got.outcome !== 'queued') {
      isGranted(got)
      return this.#run(lane)
    }
    this.#waiting.set(token, lane)
    // As decide.ts has it.
    const free = got.kind === 'ours' ? Math.min(got.leaseLeft + 1, 1000) : got.position > 0 ? 1000 : 50
    lane.look += 1
    const look = lane.look
    this.#at(free, async () => {
      if (this.#waiting.has(token) && lane.look === look) await this.#look(lane)
    })
  }

  #run(lane: Lane): void {
    this.#waiting.delete(lane.caller.token)
    this.grants.push(this.#now)
    this.#holder = lane.caller.token
    this.#at(this.#crowding.work(), async () => {
      const { next } = await lane.caller.commit('a')
      const waiter = next && this.#waiting.get(next.token)
      if (waiter) this.#run(waiter)
      // The first in the queue is told that the lock was left to PHP.
      const [first] = this.#waiting.values()
      if (!next && first) await this.#look(first)
      const { rest } = this.#crowding
      if (rest) this.#at(rest(), () => this.#come())
      else await this.#come()
    })
  }

  async #poll(pid: string, met: Met[]): Promise<void> {
    const { late = () => 1, again } = this.#crowding
    if ((await this.#redis.hincrby(this.#key, 'lock', 1)) !== 1) {
      met.push(this.#holder)
      return this.#at(500 + late(), () => this.#poll(pid, met))
    }
    this.#holder = 'php'
    this.polls.push(met)
    await this.#redis.hset(this.#key, { pid, req: 'GET shop.example/php' })
    this.#at(5, async () => {
      if ((await this.#redis.hget(this.#key, 'pid')) !== pid)
        throw new Error('another took the lock from PHP')
      await this.#redis.multi().hset(this.#key, 'lock', '0').hincrby(this.#key, 'writes', 1).exec()
      if (again) this.#at(again(), () => this.#poll(pid, []))
    })
  }
}

const START = 1_700_000_000_000
