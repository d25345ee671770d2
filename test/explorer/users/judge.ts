// What must hold once a schedule is over: at once, and after the time for which a process believes in what it has seen.
import type { Process } from './process.ts'
import { type Known, type Scene, USER, type World } from './world.ts'

/** Longer than the `users.check` of the promises. */
const CHECK_MS = 10_001

/**
 * Opening a session that has ended destroys it, so who looks first decides what the others find.
 *
 * @param first which of the living processes that is
 */
export async function judge(world: World, scene: Scene, first: number): Promise<string | undefined> {
  if (world.broken) return world.broken
  const raised = world.steps.findIndex(step => step.endsWith('users.end')) + 1
  for (const { from, outcome, id } of world.known) {
    const looked = world.steps.lastIndexOf('p users.epochs') + 1
    const between = raised > from && raised < looked && from > 0 && world.steps[from - 1]?.startsWith('p')
    if (between && outcome?.written) return `the login of ${name(world, id)} was written, after its end`
  }
  const living = livingIn(world)
  const inTurn = [...living.slice(first), ...living.slice(0, first)]
  const look = (process: Process, late: boolean) => looks(world, scene, process, late, raised)
  const atOnce = await each(inTurn.slice(0, 1), process => look(process, process === world.of('fresh')))
  if (atOnce) return atOnce
  const real = performance.now
  performance.now = () => real.call(performance) + CHECK_MS
  try {
    const broken = await each(inTurn, process => look(process, true))
    return broken ?? (await keysEnd(world)) ?? (await atMost(world, scene))
  } finally {
    performance.now = real
  }
}

export const livingIn = ({ processes }: World): readonly Process[] => processes.filter(({ dead }) => !dead)

/** @param late it believes in nothing that it has seen before */
async function looks(
  world: World,
  scene: Scene,
  process: Process,
  late: boolean,
  raised: number,
): Promise<string | undefined> {
  const living: string[] = []
  for (const known of world.known) {
    const is = await opens(process, known)
    if (is) living.push(known.id)
    const ended = raised > known.from && known.id !== world.spared
    const where = `${name(world, known.id)} in ${process.name}`
    if (ended && is && (late || world.answered)) return `${where} has ended, and is opened`
    const goesOn = known.outcome?.written && !known.replaced && scene.max === undefined
    if (!ended && !is && goesOn) return `${where} lives, and is not opened`
  }
  const listed = (await process.sessions.of(USER)).length
  return late && listed !== living.length ? `${listed} are listed, and ${living.length} live` : undefined
}

async function opens({ sessions }: Process, { id }: Known): Promise<boolean> {
  const session = await sessions.open(id, { access: 'readonly' })
  await session.release()
  return !session.isNew && !session.isOver
}

async function keysEnd({ client }: World): Promise<string | undefined> {
  for (const key of await client.keys('*')) if ((await client.pttl(key)) === -1) return `${key} never ends`
  return undefined
}

async function atMost(world: World, { max }: Scene): Promise<string | undefined> {
  if (max === undefined) return undefined
  const living = (await world.of('fresh').sessions.of(USER)).length
  return living > max ? `${living} sessions live, and ${max} may` : undefined
}

const name = (world: World, id: string): string =>
  `session ${world.known.findIndex(known => known.id === id) + 1}`

async function each<T>(all: readonly T[], look: (one: T) => Promise<string | undefined>) {
  for (const one of all) {
    const broken = await look(one)
    if (broken) return broken
  }
  return undefined
}
