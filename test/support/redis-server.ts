import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A redis-server of this test's own, on a unix socket in a temporary folder. Fails where there is no redis-server. */
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
  let server = await launch(folder, path, args)
  return {
    path,
    url: `unix://${path}`,
    get pid() {
      return server.pid ?? 0
    },
    get running() {
      return server.exitCode === null && server.signalCode === null
    },
    async restart() {
      await end(server, 'SIGKILL')
      server = await launch(folder, path, args)
    },
    kill: signal => void server.kill(signal),
    async stop() {
      await end(server, 'SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function launch(folder: string, path: string, args: string[]): Promise<ChildProcess> {
  const own = ['--port', '0', '--unixsocket', path, '--dir', folder, '--save', '', '--appendonly', 'no']
  const server = spawn('redis-server', [...own, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  await new Promise<void>((resolve, reject) => {
    let said = ''
    server.once('error', reject)
    server.once('exit', () => reject(new Error(`redis-server did not start:\n${said}`)))
    server.stdout.on('data', (chunk: Buffer) => {
      said += chunk
      if (said.includes('ready to accept connections')) resolve()
    })
  })
  server.stdout.removeAllListeners('data').resume()
  server.stderr.resume()
  return server
}

async function end(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const exited = once(server, 'exit')
  server.kill(signal)
  if (signal === 'SIGKILL') server.kill('SIGCONT')
  await exited
}
