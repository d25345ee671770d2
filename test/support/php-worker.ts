import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { SerializeHandler } from '../../src/php/serialize-handlers.ts'

export interface PhpOptions {
  /** The socket of Redis. */
  path: string
  prefix: string
  serializer: SerializeHandler
  compression?: 'gzip' | 'lzf' | 'lz4' | 'none'
  /** Seconds; 30 by default. */
  breakAfter?: number
  /** false for Cm_RedisSession with `disable_locking`, which does not compress here. */
  locking?: boolean
}

export interface PhpCalls {
  /** `session_start`, which waits for the lock. Answers `$_SESSION`. */
  open(id: string): Record<string, unknown>
  /** One more in the counter `n`, and in a line of the cart. */
  add(): null
  set(values: object): null
  /** `session_encode`, in base64. */
  encoded(): string
  /** `session_write_close`: false where the write was dropped. */
  close(): boolean
  destroy(): boolean
  /** Opens, adds and closes for so many ms. */
  load(id: string, ms: number): { written: number; dropped: number }
}

/** A PHP process that works on sessions as a PHP neighbour does, with its own `session_start`. */
export type PhpWorker = {
  [Name in keyof PhpCalls]: (...args: Parameters<PhpCalls[Name]>) => Promise<ReturnType<PhpCalls[Name]>>
} & {
  readonly pid: number
  kill(): Promise<void>
}

const SCRIPT = fileURLToPath(new URL('php/worker.php', import.meta.url))

export async function startPhp(options: PhpOptions): Promise<PhpWorker> {
  const child = spawn('php', ['-d', 'display_errors=stderr', SCRIPT, JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const waiting: ((line: string | undefined) => void)[] = []
  const answer = () => new Promise<string | undefined>(resolve => void waiting.push(resolve))
  const ready = answer()
  createInterface({ input: child.stdout }).on('line', line => waiting.shift()?.(line))
  child.stdin.on('error', () => {})
  exited.then(() => {
    for (const resolve of waiting.splice(0)) resolve(undefined)
  })
  const call = async (name: string, args: unknown[]) => {
    const answered = answer()
    child.stdin.write(`${JSON.stringify([name, args])}\n`)
    const line = await answered
    if (line === undefined) throw new Error(`PHP ended during ${name}`)
    const { value, error } = JSON.parse(line)
    if (error !== undefined) throw new Error(`PHP: ${error}`)
    return value
  }
  if ((await ready) === undefined)
    throw new Error('PHP could not start: is the extension redis there (php-redis)?')
  const kill = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await exited
  }
  return new Proxy({ pid: child.pid, kill } as unknown as PhpWorker, {
    get: (known, name) =>
      // A promise has `then`, and this is none.
      name === 'then'
        ? undefined
        : (Reflect.get(known, name) ?? ((...args: unknown[]) => call(String(name), args))),
  })
}
