import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type NetConnectOpts } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/**
 * The program that serves in all tests: `redis-server`, or what TEST_REDIS_SERVER names, such as a `valkey-server`.
 * With `--sentinel` it is a sentinel. (Names that begin with LATCHKEY_ are options, and unknown ones are errors.)
 */
export const SERVER_PROGRAM = process.env.TEST_REDIS_SERVER || 'redis-server'

export interface Launched {
  readonly child: ChildProcess
  /** Resolves once it answers PING; rejects, with what it printed, when it ends before. */
  readonly ready: Promise<void>
}

/** Where a server listens without TLS, and the default user's password. */
export type Door = NetConnectOpts & { password?: string | undefined }

const ASK_AGAIN_MS = 3

/** Starts a server. What it prints differs between Redis and Valkey; what it answers does not. */
export function launch(args: string[], door: Door): Launched {
  const child = spawn(SERVER_PROGRAM, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let printed = ''
  const keep = (chunk: Buffer) => {
    printed += chunk
  }
  for (const output of [child.stdout, child.stderr]) output.on('data', keep)
  const ended = new Promise<never>((_, reject) => {
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`${SERVER_PROGRAM} did not start:\n${printed}`)))
  })
  ended.catch(() => {})
  const answers = async () => {
    while (!hasEnded(child) && !(await pong(door))) await pause(ASK_AGAIN_MS)
    for (const output of [child.stdout, child.stderr]) output.off('data', keep).resume()
    if (hasEnded(child)) await ended
  }
  return { child, ready: Promise.race([ended, answers()]) }
}

/** False while nothing listens, and while it still loads its data. */
function pong({ password, ...door }: Door): Promise<boolean> {
  const socket = connect(door as NetConnectOpts)
  return new Promise(resolve => {
    let reply = ''
    socket.on('error', () => {})
    socket.once('close', () => resolve(reply.includes('+PONG')))
    socket.on('data', chunk => {
      reply += chunk
      if (reply.endsWith('\r\n') && /^[+-](?!OK)/m.test(reply)) socket.destroy()
    })
    socket.write(`${password === undefined ? '' : `AUTH ${password}\r\n`}PING\r\n`)
  })
}

export function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

/** Kills it, stopped or not, and resolves once it has ended. */
export async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}
