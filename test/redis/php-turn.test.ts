// Promise 7 for PHP, on the scripts alone and by a clock that is driven: how many of its polls its turn costs.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { type Caller, isQueued, type Process, Stage } from '../../src/contract/stage.ts'
import { redisWorld } from '../contract/redis-world.ts'
import { type RedisServer, startRedis } from '../support/redis-server.ts'
import { type ServerClock, serverClock } from '../support/server-clock.ts'

const RECORD = 's_a'
const POLL_MS = 500
const PHP_WORKS_MS = 5

let redis: RedisServer
let client: Redis
let world: ReturnType<typeof redisWorld>
let shop: Shop

beforeAll(async () => {
  redis = await startRedis()
  client = new Redis({ path: redis.path })
})
beforeEach(async () => {
  world = redisWorld(() => new Redis({ path: redis.path, lazyConnect: true }), 's_')
  shop = new Shop(new Stage(world), serverClock(client, 's_', 'a'))
  await shop.opens()
})
afterEach(async () => {
  await world.close()
  await client.flushall()
})
afterAll(async () => {
  client.disconnect()
  await redis.stop()
})

interface Php {
  pid: string
  /** When it polls next; when it unlocks, once it has the lock. */
  next: number
  polls: number
  step: 'polls' | 'works' | 'done'
}

/** A holder and twenty requests of Node that wait behind it; each keeps the lock for as long as the others and comes again. */
class Shop {
  readonly #here: Process
  readonly #stage: Stage
  readonly #clock: ServerClock
  readonly #queue: Caller[] = []
  #holder: Caller | undefined
  /** When the holder unlocks; where there is none, when the first that waits looks. */
  #next = Number.NaN

  constructor(stage: Stage, clock: ServerClock) {
    this.#stage = stage
    this.#here = stage.process(1)
    this.#clock = clock
  }

  async opens(): Promise<void> {
    this.#holder = await this.#stage.held('a', this.#here)
    for (let i = 0; i < 20; i += 1) await this.#comes()
    await this.#clock.at(0)
    this.#next = 0
  }

  /** Until these PHP processes have had their turn: how many polls it cost each. */
  async serves({ work, late, firstPolls }: { work: number; late: number; firstPolls: number[] }) {
    const all = firstPolls.map((next, i): Php => ({ pid: `vm|${i}`, next, polls: 0, step: 'polls' }))
    for (let left = all; left.length > 0; left = left.filter(({ step }) => step !== 'done')) {
      const php = left.reduce((a, b) => (b.next < a.next ? b : a))
      if (php.next >= this.#next) await this.#goesOn(work)
      else if (php.step === 'polls') await this.#polls(php, late)
      else await this.#unlocks(php)
    }
    return all.map(({ polls }) => polls)
  }

  async #goesOn(work: number): Promise<void> {
    const had = this.#holder
    if (had) await this.#comes()
    const goesOn = had ? await this.#releases(had) : await this.#looks()
    this.#holder = goesOn ? this.#queue.shift() : undefined
    if (this.#holder) await this.#holds(work)
    // Whoever is first is told of the gap as of a lease, and looks when it is over; and then again and again.
    else if (had) this.#next = (await this.#clock.told('gap')) + 1
    else this.#next += PHP_WORKS_MS
  }

  /** Whether the lock went to the one that has waited longest. */
  async #releases({ waiter }: Caller): Promise<boolean> {
    const { token, request, lease, grant } = waiter
    const caller = [token, request, lease, grant, 's_wake:', 1]
    const [outcome, next] = await this.#clock.does(this.#next, 'release', ...caller, 0, 0, 0, 0)
    expect([outcome, next]).toEqual(['released', next === '' ? '' : this.#queue[0]?.token])
    return next !== ''
  }

  async #looks(): Promise<boolean> {
    await this.#clock.at(this.#next)
    return (await this.#queue[0]?.granted('a')) !== undefined
  }

  async #holds(work: number): Promise<void> {
    this.#next = (await this.#clock.told('since')) + work
  }

  async #comes(): Promise<void> {
    const waiter = this.#here.caller()
    isQueued(await waiter.acquire('a'))
    this.#queue.push(waiter)
  }

  async #polls(php: Php, late: number): Promise<void> {
    php.polls += 1
    // Starved: there is no end to wait for.
    expect(php.polls).toBeLessThan(10)
    const lock = await this.#clock.at(php.next, 'HINCRBY', RECORD, 'lock', 1)
    if (lock !== 1) {
      php.next += POLL_MS + late
      return
    }
    await client.hset(RECORD, { pid: php.pid, req: 'GET shop.example/php' })
    php.step = 'works'
    php.next += PHP_WORKS_MS
  }

  async #unlocks(php: Php): Promise<void> {
    await this.#clock.at(php.next, 'HSET', RECORD, 'lock', '0')
    await client.hincrby(RECORD, 'writes', 1)
    php.step = 'done'
  }
}

describe.each([1, 10, 60, 200])('among twenty busy Node requests of %i ms', work => {
  describe.each([...new Set([0, work / 2, work - 1].map(Math.floor))])(
    'PHP that first polls %i ms into one of them',
    into => {
      test.each([0, 50, 99])('gets the lock at its second poll, which comes %i ms late', async late => {
        expect(await shop.serves({ work, late, firstPolls: [3 * work + into] })).toEqual([2])
      })
    },
  )
})

test.each([1, 10, 60, 200])(
  'two PHP waiters among Node requests of %i ms get it one after the other, the second within four polls',
  async work => {
    const [first, second] = await shop.serves({ work, late: 2, firstPolls: [50, 250] })
    expect(first).toBe(2)
    expect(second).toBeLessThanOrEqual(4)
  },
)
