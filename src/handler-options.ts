import type { Bots } from './bot.ts'
import type { Lifetimes } from './lifetime.ts'
import type { Listeners } from './listeners.ts'
import type { Outage } from './outage.ts'
import type { Progress } from './progress.ts'
import type { Access } from './session/outcome.ts'
import type { SharedCookie } from './session/shared-cookie.ts'
import type { UserOptions } from './users/user-options.ts'

/** What a handler is told by the options. */
export interface HandlerOptions {
  naming: 'hashed' | 'plain'
  locking: boolean
  /** The most that a bot is given. */
  botAccess: Access
  lifetimes: Lifetimes
  /** Those of sessions whose user has logged in. */
  authenticated: Lifetimes
  users: UserOptions
  /** Seconds after which a session gets a new id; 0 for never. */
  rotateAfter: number
  bots: Bots
  /** Overrules the judgement of a user agent; undefined leaves it. */
  isBot?: ((userAgent: string | null | undefined) => boolean | undefined) | undefined
  /** Where PHP serves the same sessions. */
  cookie?: SharedCookie | undefined
}

/** What tells the log and the application what happens. */
export interface Reporting {
  listeners: Listeners
  progress: Progress
  outage: Outage
}
