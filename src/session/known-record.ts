import { rungOf, userOf } from '../commit-id.ts'
import type { Committed, Found } from '../store.ts'

type Written = Extract<Committed, { outcome: 'written' }>

/** What a request knows of the record that its session is of. */
export class KnownRecord {
  /** A record of this id was read, or written. */
  stored: boolean
  /** Commits so far, this request's among them: the version of the data. */
  writes: number
  /** The commit that created it: another life under the same name has another. */
  born: string
  /** When the session began, whatever its id was then; 0 for one that is not stored yet. */
  created: number
  /** Milliseconds that the session had had this id when this request took its lock; 0 where it did not. */
  idAge: number
  /** Writes and touches before this request: where the session is on the ladder of lifetimes. */
  rung: number
  /** The rung at which the session got this id; undefined where it began under it. */
  follows: number | undefined
  /** Who has logged in, as the record has it; undefined for nobody. */
  user: string | undefined
  #committed = false

  constructor(found: Found | undefined, before?: Follows) {
    this.stored = found !== undefined
    this.writes = found?.writes ?? 0
    this.born = found?.born ?? ''
    this.created = found?.created ?? before?.created ?? 0
    this.idAge = found?.idAge ?? 0
    this.follows = found ? rungOf(found.born) : before?.rung
    this.user = found && userOf(found.born)
    this.rung = found ? this.#rungIn(found) : (before?.rung ?? 0)
  }

  read(found: Found): void {
    this.writes = found.writes
    this.born = found.born
    this.created = found.created
    this.idAge = found.idAge
    this.follows = rungOf(found.born)
    this.user = userOf(found.born)
    // The request's own commits are no step of the ladder for it.
    if (!this.#committed) this.rung = this.#rungIn(found)
  }

  wrote({
    writes,
    born = this.born,
    created = this.created,
  }: Pick<Written, 'writes' | 'born' | 'created'>): void {
    this.#committed = true
    this.stored = true
    this.writes = writes
    this.born = born
    this.created = created
  }

  #rungIn({ writes, touches }: Found): number {
    return (this.follows ?? 0) + writes + touches
  }

  /** The next one is under a new id. */
  get followed(): KnownRecord {
    return new KnownRecord(undefined, this)
  }
}

/** What a session under a new id takes over: its age, and its place in the ladder of lifetimes. */
export interface Follows {
  readonly created: number
  readonly rung: number
}
