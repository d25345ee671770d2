import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { launch } from '../support/launch.ts'

/** A redis-server of the lab's own on a unix socket in the lab's folder, which can come back with or without its data. */
export class Server {
  readonly folder: string
  readonly path: string
  #child: ChildProcess | undefined
  #admin: Redis | undefined

  constructor(folder: string) {
    this.folder = folder
    this.path = join(folder, 'redis.sock')
  }

  /** Not under load, and past every wire. */
  get admin(): Redis {
    this.#admin ??= new Redis({ path: this.path, retryStrategy: () => 10 }).on('error', () => {})
    return this.#admin
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  async start(...args: string[]): Promise<void> {
    const own = ['--port', '0', '--unixsocket', this.path, '--dir', this.folder]
    const unsaved = ['--save', '', '--appendonly', 'no']
    const debug = ['--enable-debug-command', 'yes', '--loading-process-events-interval-bytes', '1024']
    const { child, ready } = launch([...own, ...unsaved, ...debug, ...args], { path: this.path })
    this.#child = child
    await ready
  }

  /** Ends at once, and comes back with all that it knew, with nothing, or with what it knew at `snapshot`. */
  async restart(data: 'kept' | 'lost' | 'snapshot'): Promise<void> {
    if (data === 'kept') {
      // With `everysec` Redis answers before it writes, for up to two seconds, while the disk is busy: that would be lost.
      await this.admin.config('SET', 'appendfsync', 'always')
      await this.admin.config('SET', 'appendonly', 'yes')
      // Only when the file is whole is it what a restart reads.
      while (
        !/aof_rewrite_in_progress:0.*aof_rewrite_scheduled:0/s.test(await this.admin.info('persistence'))
      ) {
        await pause(5)
      }
    }
    await this.kill()
    if (data === 'lost') await rm(join(this.folder, 'dump.rdb'), { force: true })
    await this.start(...(data === 'kept' ? ['--appendonly', 'yes'] : []))
    if (data === 'kept') await this.admin.config('SET', 'appendonly', 'no')
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal)
  }

  async kill(): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    child.kill('SIGCONT')
    await exited
  }

  async stop(): Promise<void> {
    this.#admin?.disconnect()
    await this.kill()
  }
}
