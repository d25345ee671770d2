// npm run explore -- --depth 12 --clients 3 [--seed S] [--width N] [--scene words]
import { parseArgs } from 'node:util'
import { Redis } from 'ioredis'
import { startRedis } from '../support/redis-server.ts'
import { explore } from './explore.ts'
import { Scripts } from './redis.ts'
import { SCENES } from './scenes.ts'

const { values } = parseArgs({
  options: {
    depth: { type: 'string', default: '12' },
    clients: { type: 'string', default: '3' },
    width: { type: 'string' },
    drains: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    scene: { type: 'string', default: '' },
  },
})

function number(name: 'depth' | 'clients' | 'width' | 'drains'): number {
  const value = Number(values[name] ?? Number.POSITIVE_INFINITY)
  if (!(value > 0)) throw new Error(`--${name} must be a number above 0, not ${JSON.stringify(values[name])}`)
  return value
}

const server = await startRedis()
const client = new Redis({ path: server.path })
try {
  const scripts = await Scripts.load(client)
  const limits = {
    depth: number('depth'),
    width: number('width'),
    drains: number('drains'),
    seed: values.seed,
  }
  for (const scene of SCENES.filter(({ name }) => name.includes(values.scene))) {
    const clients = scene.clients.slice(0, number('clients'))
    const start = performance.now()
    const { states, steps, schedules, drained, leftOut, violation } = await explore(
      scripts,
      { ...scene, clients },
      limits,
    )
    const seconds = (performance.now() - start) / 1000
    console.log(
      `${scene.name}\n  ${states} states, ${steps} steps, ${schedules.toExponential(2)} schedules, ${drained} let go on to their end, ${seconds.toFixed(1)} s (${Math.round(steps / seconds)} steps/s)`,
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
} finally {
  client.disconnect()
  await server.stop()
}
