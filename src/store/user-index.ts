/**
 * Which sessions a user has: beside the records, and perhaps on another server, so that no step changes both.
 *
 * PROMISES
 *  1. Each call is one atomic step.
 *  2. It names every session of a user that lives, and perhaps some that do not live any more.
 *  3. An epoch never falls. A session whose own epoch is lower than its user's has ended, wherever its record is.
 *  4. Every call may be sent again.
 *
 * `user` is a hash. Times and durations are in milliseconds, on the clock of whatever keeps the index.
 */
export interface UserIndex {
  /** Makes room for one more session, and names it. `full`: there are `max`, `names`; nothing was changed but those `dead` left out. */
  reserve(user: string, ask: Reservation): Promise<Reserved>
  /** A session goes on under another name. Its own epoch; undefined where `from` is not known. */
  follow(user: string, from: string, to: string): Promise<number | undefined>
  /** The user's epoch, 0 where there is none, and that of one session; undefined where that is not known. */
  epochs(user: string, name: string): Promise<Epochs>
  /** Every session that is named, those that have ended among them. */
  list(user: string): Promise<{ epoch: number; sessions: Indexed[] }>
  /** Raises the epoch, for all sessions but `except`. Answers the names of the others. `lasts`: how long one can live from now on. */
  end(user: string, except: string | undefined, lasts: number): Promise<string[]>
  /** Names these no more. */
  forget(user: string, names: readonly string[]): Promise<void>
}

/** What `reserve` is asked. */
export interface Reservation {
  /** The name of the record that is to be stored. */
  name: string
  /** What a person may recognize it by; one line. */
  device: string
  /** How long it lives at most, however busy it is. */
  lasts: number
  /** How long it lives while it is idle. */
  idle: number
  /** How many sessions the user may have with this one. */
  max: number
  /** The session that this one takes the place of: it does not count. */
  replaces?: string | undefined
  /** The oldest ones end where there are too many; otherwise the answer is `full`. */
  endsOldest: boolean
  /** Records that were looked for and not found. They are left out, but for those that were reserved within `young`. */
  dead: readonly string[]
  /** How long a session may take from here to its record. */
  young: number
}

/** What `reserve` answers. `ends`: those that have to end for it, and once more those that had to end before. */
export type Reserved =
  | { outcome: 'reserved'; epoch: number; ends: string[] }
  | { outcome: 'full'; names: string[] }

/** What `epochs` answers. */
export interface Epochs {
  /** The user's. */
  epoch: number
  /** The session's own. */
  own: number | undefined
}

/** A session that is named. */
export interface Indexed {
  /** The record's. */
  name: string
  /** As the login had it. */
  device: string
  /** When its user logged in. */
  since: number
  /** How long it lives while it is idle. */
  idle: number
  /** Lower than the user's: it has ended. */
  epoch: number
}
