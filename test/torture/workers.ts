import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Line } from './history.ts'
import { type History, readHistory } from './history.ts'
import type { Employment } from './worker.ts'

type Hiring = Omit<Employment, 'process' | 'history'>

/** One place for a process. A process that is killed is followed by another. */
export class Place {
  readonly #folder: string
  readonly #n: number
  readonly #hiring: Hiring
  readonly #history: History
  #child: ChildProcess | undefined
  #followed = 0
  #stopped = false
  readonly #killed = new WeakSet<ChildProcess>()
  /** Resolves when the process is no more, and that is written down. */
  gone: Promise<void> = Promise.resolve()

  constructor(folder: string, n: number, hiring: Hiring, history: History) {
    this.#folder = folder
    this.#n = n
    this.#hiring = hiring
    this.#history = history
  }

  get process(): string {
    return `w${this.#n}.${this.#followed}`
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  async start(): Promise<void> {
    this.#followed += 1
    const employment: Employment = {
      ...this.#hiring,
      process: this.process,
      history: this.#path(this.process),
    }
    const path = fileURLToPath(new URL('./worker.ts', import.meta.url))
    const child = fork(path, [JSON.stringify(employment)], {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      // A terminal's SIGINT is for the lab alone.
      detached: true,
    })
    this.#child = child
    const { process } = this
    this.gone = once(child, 'exit').then(([code]) => {
      const crashed = code !== 0 && !this.#killed.has(child)
      if (crashed) this.#history.write({ line: 'process', process, state: 'crashed' })
    })
    const ready = once(child, 'message').then(() => true)
    const works = await Promise.race([ready, this.gone])
    if (!works) throw new Error(`${process} ended before it worked`)
  }

  /** At once, whatever it was doing. */
  async kill(): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    this.#end(child)
    await this.gone
  }

  #end(child: ChildProcess): void {
    this.#killed.add(child)
    this.#history.write({ line: 'process', process: this.process, state: 'killed' })
    child.kill('SIGKILL')
  }

  stop(): void {
    this.#stopped = true
    this.#history.write({ line: 'process', process: this.process, state: 'stopped' })
    this.#child?.kill('SIGSTOP')
  }

  continue(): void {
    if (!this.#stopped) return
    this.#stopped = false
    this.#child?.kill('SIGCONT')
    this.#history.write({ line: 'process', process: this.process, state: 'continued' })
  }

  /** Lets it end what it is doing. False if it did not within `ms` and was killed. */
  async retire(ms: number): Promise<boolean> {
    this.continue()
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return true
    child.send('stop')
    const late = setTimeout(() => this.#end(child), ms)
    await this.gone
    clearTimeout(late)
    return child.signalCode === null
  }

  /** Of all processes that were in this place. */
  histories(): Line[] {
    return Array.from({ length: this.#followed }, (_, i) =>
      readHistory(this.#path(`w${this.#n}.${i + 1}`)),
    ).flat()
  }

  #path(process: string): string {
    return join(this.#folder, `${process}.jsonl`)
  }
}
