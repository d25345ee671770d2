// The storefront and a browser, each a real process that ends with its test file.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium } from 'playwright-core'
import { startRedis } from '../support/redis-server.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly output: string
}

const running = new Set<Program>()

/** For `afterAll`: what a failed test left behind. */
export async function stopAll(): Promise<void> {
  await Promise.all([...running].map(program => program.stop('SIGKILL')))
}

/** A process whose output is read, and which is ended by its id. */
export class Program {
  readonly ended: Promise<Ended>
  output = ''
  readonly #child: ChildProcess

  constructor(child: ChildProcess) {
    this.#child = child
    const note = (chunk: Buffer) => {
      this.output += chunk.toString()
    }
    child.stdout?.on('data', note)
    child.stderr?.on('data', note)
    running.add(this)
    this.ended = once(child, 'close').then(([code]) => {
      running.delete(this)
      return { code, output: this.output }
    })
  }

  /** Resolves once the output has it; rejects when the program ends without having said it. */
  async says(words: RegExp): Promise<RegExpMatchArray> {
    for (;;) {
      const found = this.output.match(words)
      if (found) return found
      const heard = once(this.#child.stdout ?? this.#child, 'data').then(() => undefined)
      const end = await Promise.race([heard, this.ended])
      if (end) throw new Error(`It ended with ${end.code} and without ${words}:\n${end.output}`)
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    this.#child.kill(signal)
    return this.ended
  }
}

export interface Storefront {
  readonly url: string
  readonly program: Program
}

/** The storefront as `npm start` runs it, on a free port. */
export async function startStorefront(env: NodeJS.ProcessEnv = {}): Promise<Storefront> {
  const program = spawnStorefront(env)
  const [, url = ''] = await program.says(/Storefront on (\S+)/)
  return { url, program }
}

export interface ShopOn extends Storefront {
  stop(): Promise<void>
}

/** The storefront on a Redis of its own, or on the embedded store. */
export async function startStorefrontOn(store: string, env: NodeJS.ProcessEnv = {}): Promise<ShopOn> {
  const redis = store === 'redis' ? await startRedis() : undefined
  try {
    const shop = await startStorefront({ ...env, ...(redis && { REDIS_URL: redis.url }) })
    return {
      ...shop,
      async stop() {
        await shop.program.stop()
        await redis?.stop()
      },
    }
  } catch (error) {
    await redis?.stop()
    throw error
  }
}

/** Nothing of the tester's own environment reaches it but what a process needs. */
export function spawnStorefront(env: NodeJS.ProcessEnv): Program {
  const { PATH, HOME, TMPDIR } = process.env
  const args = ['--import', 'tsx', 'examples/storefront/server.ts']
  return new Program(
    spawn(process.execPath, args, { cwd: root, env: { PATH, HOME, TMPDIR, PORT: '0', ...env } }),
  )
}

/** The example of a shop that moves from PHP to Node, on a free port and a Redis of its own. */
export async function startBesidePhp(): Promise<Storefront> {
  const { PATH, HOME, TMPDIR } = process.env
  const args = ['--import', 'tsx', 'examples/beside-php/start.ts']
  const env = { PATH, HOME, TMPDIR, PORT: '0' }
  const program = new Program(spawn(process.execPath, args, { cwd: root, env }))
  const [, url = ''] = await program.says(/Open (\S+)\/new/)
  return { url, program }
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

/** `name=value` of the first cookie that an answer sets. */
export function cookieOf(answer: Response): string {
  return answer.headers.getSetCookie()[0]?.split(';')[0] ?? ''
}
