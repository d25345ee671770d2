// All schedules of a scene, shortest first. A state that was reached before is not explored again.
import { createHash } from 'node:crypto'
import { Random } from '../torture/random.ts'
import { judge } from './judge.ts'
import { NO_KEY, START_MS } from './record.ts'
import type { Scripts, Stepped } from './redis.ts'
import { caller, type Move } from './requests.ts'
import { after, fingerprint, movesIn, stepOf } from './step.ts'
import { clientsOf, NOTHING_LEFT, type Scene, type World } from './world.ts'

export interface Limits {
  depth: number
  /** States that go on at each depth; where there are more, a seed chooses. */
  width: number
  seed: string
  /** States from which everybody is let go on until all have ended. */
  drains: number
}

export interface Explored {
  states: number
  /** Steps that were taken. */
  steps: number
  /** Ways to go on that the limits left out; 0 when the scene was explored to its end. */
  leftOut: number
  /** Schedules from the first state to those states: as many as there are paths. */
  schedules: number
  drained: number
  violation: Violation | undefined
}

export interface Violation {
  broken: string
  schedule: string[]
}

interface Node {
  world: World
  path: Path
  paths: number
}
type Path = { words: string; from: Path } | undefined

const BATCH = 256

export async function explore(scripts: Scripts, scene: Scene, limits: Limits): Promise<Explored> {
  const random = new Random(scene.name, limits.seed)
  const explored: Explored = {
    states: 1,
    steps: 0,
    leftOut: 0,
    schedules: 0,
    drained: 0,
    violation: undefined,
  }
  const first = await firstWorld(scripts, scene)
  const known = new Set([digest(first)])
  const last: Node[] = []
  const sample = new Sample<Node>(limits.drains, random)
  let frontier: Node[] = [{ world: first, path: undefined, paths: 1 }]
  for (let depth = 0; frontier.length > 0 && depth < limits.depth; depth += 1) {
    const next = new Map<string, Node>()
    for (const batch of batched(edgesOf(frontier, scene, last))) {
      const stepped = await scripts.run(
        batch.map(({ node, move }) => ({ from: node.world.record, step: stepOf(node.world, move) })),
      )
      for (const [n, { node, move }] of batch.entries()) {
        explored.steps += 1
        const path: Path = { words: `${move.client ? `${move.client} (${processOf(node.world, move)}) ` : ''}${move.words}`, from: node.path } // biome-ignore format: one step
        const answer = stepped[n] as Stepped | Error
        if (answer instanceof Error)
          return { ...explored, violation: told(`the script failed: ${answer.message}`, path) }
        const world = after(node.world, move, answer)
        const broken = judge({ before: node.world, move, stepped: answer, after: world, scene })
        if (broken) return { ...explored, violation: told(broken, path, answer.reply) }
        const print = digest(world)
        const met = next.get(print)
        if (met) met.paths += node.paths
        if (known.has(print)) continue
        known.add(print)
        const found = { world, path, paths: node.paths }
        next.set(print, found)
        sample.offer(found)
      }
    }
    explored.states += next.size
    frontier = chosen([...next.values()], limits.width, random)
    explored.leftOut += next.size - frontier.length
  }
  explored.leftOut += frontier.length
  for (const node of [...last, ...frontier]) explored.schedules += node.paths
  const drained = await drain(scripts, scene, sample.taken)
  return { ...explored, ...drained }
}

function* edgesOf(frontier: Node[], scene: Scene, last: Node[]): Iterable<{ node: Node; move: Move }> {
  for (const node of frontier) {
    const moves = movesIn(node.world, scene)
    if (!moves.some(({ client }) => client)) last.push(node)
    for (const move of moves) yield { node, move }
  }
}

function* batched<T>(all: Iterable<T>): Iterable<T[]> {
  let batch: T[] = []
  for (const one of all) {
    batch.push(one)
    if (batch.length < BATCH) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/** So many of all that are offered, each as likely as the others. */
class Sample<T> {
  readonly taken: T[] = []
  readonly #most: number
  readonly #random: Random
  #offered = 0

  constructor(most: number, random: Random) {
    this.#most = most
    this.#random = random
  }

  offer(one: T): void {
    this.#offered += 1
    if (this.taken.length < this.#most) {
      this.taken.push(one)
      return
    }
    const place = Math.floor(this.#random.next() * this.#offered)
    if (place < this.#most) this.taken[place] = one
  }
}

function chosen<T>(all: T[], most: number, random: Random): T[] {
  if (all.length <= most) return all
  return all
    .map(one => ({ one, rank: random.next() }))
    .sort((a, b) => a.rank - b.rank)
    .slice(0, most)
    .map(({ one }) => one)
}

const digest = (world: World): string =>
  createHash('sha1').update(fingerprint(world)).digest('base64').slice(0, 16)

const processOf = ({ clients }: World, move: Move): string =>
  clients.find(({ name }) => name === move.client)?.process ?? ''

function told(broken: string, path: Path, reply?: string[]): Violation {
  const schedule: string[] = []
  for (let at = path; at; at = at.from) schedule.unshift(at.words)
  return { broken: reply ? `${broken} (answered ${JSON.stringify(reply)})` : broken, schedule }
}

/** A session that nobody holds, by a request that is none of the scene's. */
async function firstWorld(scripts: Scripts, scene: Scene): Promise<World> {
  const args = [...caller('web|1|p.z1'), 'create', 0, 'p.z1#1', 36_000_000, 0, 0, 0, 'p.z1#1', '', START_MS]
  const [made] = await scripts.run([
    { from: NO_KEY, step: { script: 'commit', args, now: 0, steps: 0, deaf: '' } },
  ])
  if (!made || made instanceof Error) throw made ?? new Error('Redis did not answer')
  const left = { ...NOTHING_LEFT, ...scene.left }
  return {
    record: made.after,
    now: 0,
    steps: 1,
    clients: clientsOf(scene),
    left,
    life: 1,
    written: ['p.z1#1'],
    deaf: '',
  }
}

/** What a state needs at most until all requests have ended, when each goes on in turn. */
const TURNS = 60

/** Everybody goes on as usual: each request ends, as nobody waits for what never comes. */
async function drain(scripts: Scripts, scene: Scene, nodes: Node[]): Promise<Partial<Explored>> {
  let going = nodes
  for (let turn = 0; going.length > 0 && turn < TURNS; turn += 1) {
    const moving = going.flatMap(node => {
      const move = usualMove(node.world, scene, turn)
      return move ? [{ node, move }] : []
    })
    const next: Node[] = []
    for (const batch of batched(moving)) {
      const stepped = await scripts.run(
        batch.map(({ node, move }) => ({ from: node.world.record, step: stepOf(node.world, move) })),
      )
      for (const [n, { node, move }] of batch.entries()) {
        const path: Path = { words: `${move.client ?? ''} ${move.words}`, from: node.path }
        const answer = stepped[n] as Stepped | Error
        if (answer instanceof Error) return { violation: told(`the script failed: ${answer.message}`, path) }
        const world = after(node.world, move, answer)
        const broken = judge({ before: node.world, move, stepped: answer, after: world, scene })
        if (broken) return { violation: told(broken, path, answer.reply) }
        next.push({ ...node, world, path })
      }
    }
    going = next
  }
  const [stuck] = going
  return stuck ? { violation: told('a request never ends', stuck.path) } : { drained: nodes.length }
}

function usualMove(world: World, scene: Scene, turn: number): Move | undefined {
  const unlimited = { ...world, left: { ...NOTHING_LEFT, polls: 1 } }
  const usual = movesIn(unlimited, scene).filter(move => move.usual)
  if (!usual.some(({ client }) => client)) return undefined
  return usual[turn % usual.length]
}
