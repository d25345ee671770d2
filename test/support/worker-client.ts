import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { OptionsInput } from '../../src/index.ts'
import type { WorkerCalls } from './worker.ts'

type Calls = {
  [Name in keyof WorkerCalls]: (
    ...args: Parameters<WorkerCalls[Name]>
  ) => Promise<ReturnType<WorkerCalls[Name]>>
}

/** Another process with sessions of its own. */
export type Worker = Calls & { readonly pid: number; kill(signal: NodeJS.Signals): Promise<void> }

/** One for each process that the test wants, started together. */
export function startWorkers(count: number, options: OptionsInput): Promise<Worker[]> {
  return Promise.all(Array.from({ length: count }, () => startWorker(options)))
}

/** @param copy of ioredis, from which the process makes the client of a cluster itself */
export async function startWorker(options: OptionsInput, copy?: 'ioredis' | 'ioredis5'): Promise<Worker> {
  const path = fileURLToPath(new URL('./worker.ts', import.meta.url))
  const child = fork(path, [JSON.stringify(options), ...(copy ? [copy] : [])], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  await once(child, 'message')
  const answers = answersOf(child)
  let seq = 0
  const call = (name: string, args: unknown[]) =>
    new Promise((resolve, reject) => {
      seq += 1
      answers.set(seq, { resolve, reject })
      child.send({ seq, name, args })
    })
  const kill = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    if (signal === 'SIGKILL') await exited
  }
  const calls = Object.fromEntries(CALLS.map(name => [name, (...args: unknown[]) => call(name, args)]))
  return { ...(calls as unknown as Calls), pid: child.pid ?? 0, kill }
}

const CALLS = [
  'open',
  'commit',
  'release',
  'increment',
  'destroy',
  'block',
  'events',
  'close',
] satisfies (keyof WorkerCalls)[]

interface Pending {
  resolve: (value: unknown) => void
  reject: (error: Error) => void
}

function answersOf(child: ChildProcess): Map<number, Pending> {
  const pending = new Map<number, Pending>()
  child.on(
    'message',
    ({ seq, value, error }: { seq: number; value?: unknown; error?: { message: string; code?: string } }) => {
      const answer = pending.get(seq)
      pending.delete(seq)
      if (error) answer?.reject(Object.assign(new Error(error.message), { code: error.code }))
      else answer?.resolve(value)
    },
  )
  child.once('exit', () => {
    for (const { reject } of pending.values()) reject(new Error('the worker is gone'))
    pending.clear()
  })
  return pending
}
