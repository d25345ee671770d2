import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

export interface Launched {
  readonly child: ChildProcess
  /** Resolves once the program has said `words`; rejects, with what it said, where it ends before. */
  readonly ready: Promise<void>
}

export function launch(program: string, args: string[], words: string): Launched {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const ready = new Promise<void>((resolve, reject) => {
    let said = ''
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`${program} did not start:\n${said}`)))
    child.stderr.resume()
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk
      if (!said.includes(words)) return
      child.stdout.removeAllListeners('data').resume()
      resolve()
    })
  })
  return { child, ready }
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
