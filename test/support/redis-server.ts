import type { ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { end, hasEnded, launch } from './launch.ts'

/** A redis-server of this test's own, on a unix socket in a temporary folder. Fails where there is none. */
export interface RedisServer {
  readonly path: string
  readonly url: string
  readonly pid: number
  /** False once its process has ended. */
  readonly running: boolean
  /** Ends it at once; the same server again on the same socket. Its data is gone unless it was told to save. */
  restart(): Promise<void>
  kill(signal: NodeJS.Signals): void
  stop(): Promise<void>
}

export async function startRedis(...args: string[]): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-redis-'))
  const path = join(folder, 'redis.sock')
  let server = await serve(folder, path, args)
  return {
    path,
    url: `unix://${path}`,
    get pid() {
      return server.pid ?? 0
    },
    get running() {
      return !hasEnded(server)
    },
    async restart() {
      await end(server)
      server = await serve(folder, path, args)
    },
    kill: signal => void server.kill(signal),
    async stop() {
      await end(server)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function serve(folder: string, path: string, args: string[]): Promise<ChildProcess> {
  const own = ['--port', '0', '--unixsocket', path, '--dir', folder, '--save', '', '--appendonly', 'no']
  const password = args[args.indexOf('--requirepass') + 1]
  const { child, ready } = launch([...own, ...args], {
    path,
    password: args.includes('--requirepass') ? password : undefined,
  })
  await ready
  return child
}
