// What a schedule is about: sessions of one user, in several processes, and what is known of them from outside.
import type { Redis } from 'ioredis'
import type { CommitOutcome, Session } from '../../../src/index.ts'
import type { Store } from '../../../src/store.ts'
import type { Process } from './process.ts'

export const SECRET = 'a secret for the users of the explorer'
export const USER = 'alice'

export interface Scene {
  name: string
  /** Stores what is there before, and answers what the processes do then. */
  begins(world: World): Promise<(() => Promise<void>)[]>
  /** A process that may die before any of its steps. */
  mortal?: string
  /** How many sessions of the user may live. */
  max?: number
}

/** A mend taken out. */
export interface Mutation {
  /** Seconds for which the process r believes in a session that it has seen, in place of the 10 that count. */
  check?: number
  /** Steps of the index that answer the process p otherwise. */
  changed?: Partial<Store['users']>
}

/** A session of the user. */
export interface Known {
  id: string
  /** After so many steps it got its place; 0 for one of before. */
  from: number
  /** What the last commit of its login said; undefined where its process died. */
  outcome: CommitOutcome | undefined
  /** It goes on under another id. */
  replaced?: boolean
}

export class World {
  readonly processes: readonly Process[]
  readonly client: Redis
  /** What has happened, in order. */
  readonly steps: string[] = []
  readonly known: Known[] = []
  deaths = 0
  /** The id of the session that goes on. */
  spared: string | undefined
  /** `endOf` has answered. */
  answered = false
  broken: string | undefined

  constructor(processes: readonly Process[], client: Redis) {
    this.processes = processes
    this.client = client
  }

  of(name: string): Process {
    const process = this.processes.find(one => one.name === name)
    if (!process) throw new Error(`no process is named ${name}`)
    return process
  }

  /** A session of the user that is there from the beginning, and that r has seen a moment ago. */
  async loggedIn(): Promise<string> {
    const session = await this.of('fresh').sessions.open()
    await session.login(USER)
    await session.commit()
    this.known.push({ id: session.id, from: 0, outcome: { written: true, writes: 1 } })
    await (await this.of('r').sessions.open(session.id, { access: 'readonly' })).release()
    return session.id
  }

  /** A session of nobody. */
  async visitor(): Promise<string> {
    const session = await this.of('fresh').sessions.open()
    session.data.basket = ['shirt']
    await session.commit()
    return session.id
  }

  /** Logs in, by a session of nobody. */
  async logsIn(process: string, id: string, options: object = {}): Promise<void> {
    const session = await this.of(process).sessions.open(id)
    await session.login(USER, options)
    await this.#stores(session, this.steps.lastIndexOf(`${process} users.reserve`) + 1)
  }

  /** Gives the session of the user a new id. */
  async rotates(process: string, id: string): Promise<void> {
    const session = await this.of(process).sessions.open(id)
    if (session.isNew) return session.release().then(() => {})
    await session.regenerate()
    const { outcome } = await this.#stores(session, 0)
    const before = this.known.find(known => known.id === id)
    if (before && outcome?.written) before.replaced = true
  }

  async #stores(session: Session, from: number): Promise<Known> {
    const known: Known = { id: session.id, from, outcome: undefined }
    this.known.push(known)
    session.data.n = 1
    known.outcome = await session.commit()
    return known
  }

  /** A request that reads, works and commits. */
  async commits(process: string, id: string): Promise<void> {
    const session = await this.#opens(process, id, 'exclusive')
    if (session.isNew) return session.release().then(() => {})
    session.data.n = 1
    const late = this.answered && id !== this.spared
    const outcome = await session.commit()
    if (late && outcome.written) this.broken ??= 'a commit after the end was written'
    if (!outcome.written && outcome.reason !== 'destroyed')
      this.broken ??= `a commit was refused: ${outcome.reason}`
  }

  async reads(process: string, id: string): Promise<void> {
    await (await this.#opens(process, id, 'readonly')).release()
  }

  async #opens(process: string, id: string, access: 'exclusive' | 'readonly'): Promise<Session> {
    const late = this.answered && id !== this.spared
    const session = await this.of(process).sessions.open(id, { access })
    if (late && !session.isNew) this.broken ??= 'a session was opened after the end'
    return session
  }

  async endsAll(process: string, except?: string): Promise<void> {
    this.spared = except
    await this.of(process).sessions.endOf(USER, except === undefined ? {} : { except: { id: except } })
    this.answered = true
  }

  /** An act that fails is an error of the scene, but for one whose process has died. */
  failed(error: unknown): void {
    if (this.deaths === 0) this.broken ??= `an act failed: ${error}`
  }
}
