// All schedules of a scene of users, or so many that a seed chooses: each from the beginning, on a real Redis.
import type { Redis } from 'ioredis'
import type { Store } from '../../../src/store.ts'
import { Random } from '../../torture/random.ts'
import { judge, livingIn } from './judge.ts'
import { Process, settled } from './process.ts'
import { type Mutation, type Scene, SECRET, World } from './world.ts'

export interface Explored {
  schedules: number
  violation: { broken: string; schedule: readonly string[] } | undefined
}

/** Where Redis is, and a store on it for each process of a scene. */
export interface Ground {
  client: Redis
  stores: readonly Store[]
}

/** @param most schedules that a seed chooses; all of them where it is left out */
export async function explore(
  ground: Ground,
  scene: Scene,
  { most, seed = '1', mutation = {} }: { most?: number; seed?: string; mutation?: Mutation } = {},
): Promise<Explored> {
  const random = new Random(scene.name, seed)
  let path: number[] = []
  for (let n = 1; ; n += 1) {
    const choose = (at: number, width: number) =>
      most === undefined ? (path[at] ?? 0) : Math.floor(random.next() * width)
    const { taken, widths, steps, broken } = await schedule(ground, scene, mutation, choose)
    if (broken) return { schedules: n, violation: { broken, schedule: steps } }
    if (most !== undefined) {
      if (n === most) return { schedules: n, violation: undefined }
      continue
    }
    const last = taken.findLastIndex((choice, at) => choice + 1 < (widths[at] ?? 0))
    if (last < 0) return { schedules: n, violation: undefined }
    path = [...taken.slice(0, last), (taken[last] ?? 0) + 1]
  }
}

async function schedule(
  { client, stores }: Ground,
  scene: Scene,
  { check = 10, changed = {} }: Mutation,
  choose: (at: number, width: number) => number,
) {
  await client.flushall()
  const processes = ['p', 'q', 'r', 'fresh'].map((name, at) => {
    const options = { users: { secret: SECRET, check: name === 'r' ? check : 10 } }
    return new Process(name, stores[at] as Store, options, name === 'p' ? changed : {})
  })
  const world = new World(processes, client)
  const taken: number[] = []
  const widths: number[] = []
  try {
    const acts = await scene.begins(world)
    for (const process of processes) process.free = false
    const ends = acts.map(act => act().catch(error => world.failed(error)))
    await settled()
    for (;;) {
      const moves = movesIn(world, scene)
      if (moves.length === 0) break
      const at = choose(taken.length, moves.length)
      taken.push(at)
      widths.push(moves.length)
      await moves[at]?.()
      await settled()
    }
    for (const process of processes) process.free = true
    if (world.deaths === 0) await Promise.all(ends)
    const first = choose(taken.length, livingIn(world).length)
    taken.push(first)
    widths.push(livingIn(world).length)
    return { taken, widths, steps: world.steps, broken: await judge(world, scene, first) }
  } finally {
    for (const process of processes) await process.close()
  }
}

function movesIn(world: World, { mortal = '' }: Scene): (() => Promise<void>)[] {
  const living = world.processes.filter(process => !process.dead)
  const moves = living.flatMap(process =>
    process.pending.map(pending => async () => {
      process.pending.splice(process.pending.indexOf(pending), 1)
      world.steps.push(`${pending.process} ${pending.step}`)
      await pending.happens()
    }),
  )
  const dying = living.find(({ name, pending }) => name === mortal && pending.length > 0)
  if (dying) {
    moves.push(async () => {
      world.steps.push(`${dying.name} dies`)
      world.deaths += 1
      dying.dies()
    })
  }
  return moves
}
