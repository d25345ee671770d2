/** Questions to child processes by IPC: `{ id, what, args }` → `{ id, result }` or `{ id, error }`. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** ms. Nothing that is asked here takes as long, however slow the lock. */
const PATIENCE = 300_000
/** Characters of a child's output that are kept to explain its end. */
const KEPT = 2000

const children = new Set()
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

/**
 * Starts a script of this folder and waits until it says that it is ready.
 *
 * @param {string} script
 * @param {string[]} args
 */
export async function start(script, args) {
  const child = fork(fileURLToPath(new URL(script, import.meta.url)), args, {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: environment(),
  })
  children.add(child)
  const name = [script, args[0]].join(' ')
  let said = ''
  const keep = chunk => {
    said = (said + chunk).slice(-KEPT)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)

  const open = new Map()
  let ready
  const isReady = new Promise((resolve, reject) => {
    ready = resolve
    open.set(0, { reject })
  })
  child.on('message', message => {
    if ('ready' in message) {
      open.delete(0)
      ready(message.ready)
      return
    }
    const asked = open.get(message.id)
    open.delete(message.id)
    if (message.error) asked?.reject(new Error(`${name}: ${message.error}`))
    else asked?.resolve(message.result)
  })
  child.once('exit', code => {
    children.delete(child)
    for (const { reject } of open.values()) reject(new Error(`${name} ended with ${code}: ${said}`))
  })

  let last = 0
  const ask = (what, args) =>
    new Promise((resolve, reject) => {
      last += 1
      const id = last
      const timer = setTimeout(
        () => reject(new Error(`${name} does not answer "${what}": ${said}`)),
        PATIENCE,
      )
      const done = settle => value => {
        clearTimeout(timer)
        settle(value)
      }
      open.set(id, { resolve: done(resolve), reject: done(reject) })
      child.send({ id, what, args })
    })
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill()
    await ended
  }
  return { ready: await isReady, ask, stop, said: () => said }
}

/** The child's side. @param {Record<string, (args: any) => unknown>} answers */
export function answer(answers) {
  process.on('message', async ({ id, what, args }) => {
    try {
      process.send({ id, result: await answers[what](args) })
    } catch (error) {
      process.send({ id, error: error.stack })
    }
  })
}

/** What would change a contestant's settings from outside is left out. */
function environment() {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(LATCHKEY_|REDIS_URL$|NODE_OPTIONS$|DEBUG$)/.test(name),
  )
  return { ...Object.fromEntries(kept), NODE_ENV: 'production' }
}
