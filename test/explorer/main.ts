// npm run explore -- --depth 12 --clients 3 [--times 2] [--seed S --width N] [--scene words] [--drains N] [--bare]
import { parseArgs } from 'node:util'
import { Redis } from 'ioredis'
import { transitionText, transitionWithoutCommonCase } from '../../src/redis/scripts.ts'
import { startRedis } from '../support/redis-server.ts'
import { explore } from './explore.ts'
import { Scripts } from './redis.ts'
import { SCENES, scaled } from './scenes.ts'
import { explore as exploreUsers } from './users/explore.ts'
import { groundOn } from './users/ground.ts'
import { SCENES as USER_SCENES } from './users/scenes.ts'

const { values } = parseArgs({
  options: {
    depth: { type: 'string', default: '12' },
    // As many as the scene has, and more of them.
    clients: { type: 'string', default: '1' },
    times: { type: 'string', default: '1' },
    width: { type: 'string' },
    drains: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    scene: { type: 'string', default: '' },
    // Without the answers to the common case.
    bare: { type: 'boolean', default: false },
  },
})

function number(name: 'depth' | 'clients' | 'times' | 'width' | 'drains'): number {
  const value = Number(values[name] ?? Number.POSITIVE_INFINITY)
  if (!(value > 0)) throw new Error(`--${name} must be a number above 0, not ${JSON.stringify(values[name])}`)
  return value
}

const scenes = SCENES.filter(({ name }) => name.includes(values.scene))
const userScenes = USER_SCENES.filter(({ name }) => name.includes(values.scene))
if (scenes.length + userScenes.length === 0)
  throw new Error(`no scene has ${JSON.stringify(values.scene)} in its name`)
const server = await startRedis()
const client = new Redis({ path: server.path })
const ground = groundOn(server.path)
try {
  const limits = {
    depth: number('depth'),
    width: number('width'),
    drains: number('drains'),
    seed: values.seed,
  }
  for (const small of scenes) {
    const scene = scaled(small, number('times'), Math.max(number('clients'), small.clients.length))
    const text = values.bare ? transitionWithoutCommonCase : transitionText
    const scripts = await Scripts.load(client, scene, text)
    const start = performance.now()
    const { states, steps, schedules, drained, leftOut, violation } = await explore(scripts, scene, limits)
    const seconds = (performance.now() - start) / 1000
    console.log(
      `${scene.name}\n  ${states} states, ${steps} steps, ${schedules.toExponential(2)} schedules or more, ${drained} let go on to their end, ${seconds.toFixed(1)} s (${Math.round(steps / seconds)} steps/s)`,
    )
    console.log(
      leftOut > 0
        ? `  ${leftOut} states were not gone on from: the limits ended them`
        : '  explored to its end',
    )
    if (!violation) continue
    console.log(
      `  VIOLATION: ${violation.broken}\n${violation.schedule.map((words, n) => `    ${n + 1}. ${words}`).join('\n')}`,
    )
    process.exitCode = 1
  }
  // Each of their schedules begins anew, so `--width` says how many a seed chooses; all of them without it.
  const most = values.width === undefined ? {} : { most: number('width') }
  for (const scene of userScenes) {
    const start = performance.now()
    const { schedules, violation } = await exploreUsers(ground, scene, { ...most, seed: values.seed })
    const seconds = (performance.now() - start) / 1000
    console.log(`${scene.name}\n  ${schedules} schedules, ${seconds.toFixed(1)} s`)
    if (!violation) continue
    console.log(
      `  VIOLATION: ${violation.broken}\n${violation.schedule.map((words, n) => `    ${n + 1}. ${words}`).join('\n')}`,
    )
    process.exitCode = 1
  }
} finally {
  await ground.close()
  client.disconnect()
  await server.stop()
}
