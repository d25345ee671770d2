import type { SessionError } from './errors.ts'
import type { UserIndex } from './store/user-index.ts'
import type { Holder, RefusedBecause } from './store.ts'

/** Which session and which request: a part of every event about one session. */
export interface RequestInfo {
  /** A short hash of the id. The id itself never appears. */
  session: string
  /** `METHOD host/path` of the request that this happened to. */
  request: string
}

/**
 * Everything that can happen. `event` is its name. `waited`, `heldFor` and `watched` are in milliseconds, `bytes` in bytes.
 * `holder` is who holds the lock, or held it. `why` is a text for people.
 */
export type SessionEvent =
  /** The request got the lock after `waited` ms. */
  | ({ event: 'lock-waited'; waited: number; holder: Holder } & RequestInfo)
  /** This request has waited for warnAfter and waits on. */
  | ({ event: 'lock-slow'; waited: number; holder: Holder } & RequestInfo)
  /** This request took the lock from a holder that kept it for breakAfter (`overdue`) or whose process is dead. */
  | ({ event: 'lock-broken'; holder: Holder; because: 'overdue' | 'dead'; watched: number } & RequestInfo)
  /** The holder stopped renewing its lease: its process died or its event loop stood still. */
  | ({ event: 'lock-lapsed'; holder: Holder } & RequestInfo)
  /**
   * A program that takes no locks, such as PHP with `disable_locking`, has stored the session while `holder` held the lock, and
   * reset it. This request found the lock free.
   */
  | ({ event: 'lock-reset'; holder: Holder } & RequestInfo)
  /** A person broke the lock: `latchkey unlock`. `request` says who. */
  | ({ event: 'unlocked-by-hand'; holder: Holder } & RequestInfo)
  /** A person ended the session: `latchkey end`. `request` says who. */
  | ({ event: 'ended-by-hand' } & RequestInfo)
  /** This request waited for breakAfter + failAfter in vain. */
  | ({ event: 'lock-given-up'; waited: number; holder: Holder; giveUp: 'proceed' | 'throw' } & RequestInfo)
  /** This request held the lock and found it gone before its commit: taken from it, or its session `destroyed` or expired. */
  | ({
      event: 'lock-lost'
      heldFor: number
      because: 'taken' | 'destroyed'
      /** Who took it, as far as is known; with `reset`, a program that takes no locks. */
      holder: Holder | undefined
    } & RequestInfo)
  /**
   * A session was dropped without commit, release or destroy: its lock is released. It is told when the garbage collector has
   * found the session, which may take long in an idle process.
   */
  | ({ event: 'session-abandoned'; heldFor: number } & RequestInfo)
  /** Refused at once: too many wait for this session, or (`process`) in this process. */
  | ({
      event: 'concurrency-exceeded'
      limit: 'session' | 'process'
      waiters: number
      holder: Holder | undefined
    } & RequestInfo)
  /** The client went away while its request waited. */
  | ({ event: 'wait-aborted'; waited: number } & RequestInfo)
  /** Data was not written. `why`, where the data itself is the reason: how large it is, or what its serializer says. */
  | ({
      event: 'commit-refused'
      reason: CommitRefused
      holder: Holder | undefined
      why?: string
    } & RequestInfo)
  /** A handler changed its session after its response had ended, when the session was stored already: the change is lost. */
  | ({ event: 'changed-too-late' } & RequestInfo)
  /** Another request committed first, or holds the lock; `update` reads afresh and runs its change again. */
  | ({ event: 'conflict-retried'; holder: Holder | undefined } & RequestInfo)
  /**
   * The store failed during an open, upgrade, reload, commit, release, touch or destroy. `error.mayHaveHappened` is false where it
   * certainly did not happen. With `outage`, it is one of many: `store-down` and `store-up` report them together.
   */
  | ({ event: 'store-failed'; during: string; error: SessionError; outage: boolean } & RequestInfo)
  /** A record that cannot be read is left to expire; the visitor gets a new session. */
  | ({
      event: 'record-unreadable'
      why: string
      bytes: number
      /** Of the key that encrypted the data, where it cannot be decrypted. */
      keyId: string | undefined
    } & RequestInfo)
  /** A request came with an id that was rotated away, after its grace: a client that was idle, or an id that leaked. */
  | ({ event: 'old-id-used' } & RequestInfo)
  /** A cookie held an id that no session can have. */
  | ({ event: 'id-malformed' } & RequestInfo)
  /** Compression failed; the data was stored uncompressed. */
  | ({ event: 'compression-failed'; compression: string; why: string } & RequestInfo)
  /** Told at start: the library cannot be loaded here, and all data will be stored uncompressed. */
  | { event: 'compression-unavailable'; compression: string; why: string }
  /** Told at start: `option` works beside the others, but not as anybody expects. `why` says how, and what to change. */
  | { event: 'option-doubtful'; option: string; why: string }
  /** A bot was detected. */
  | ({ event: 'bot'; userAgent: string | undefined } & RequestInfo)
  /** A user has logged in: the session is stored. `user` is a short hash of the user's id. */
  | ({ event: 'login'; user: string } & RequestInfo)
  /** A user who logs in has `max` sessions already: the oldest have `ended`, or, where that is 0, the login was refused. */
  | ({ event: 'limit-reached'; user: string; max: number; ended: number } & RequestInfo)
  /** All sessions of a user were ended, `count` of them; perhaps but for one. */
  | { event: 'ended-everywhere'; user: string; count: number }
  /** A session was opened that has ended with all sessions of its user. Its visitor gets a new one. */
  | ({ event: 'ended-session-met'; user: string } & RequestInfo)
  /** An outage begins: the store cannot be used. */
  | { event: 'store-down'; why: string }
  /** It is over, after `lasted` ms. `refused` requests of this process could not open or store their sessions meanwhile. */
  | { event: 'store-up'; lasted: number; refused: number }
  /** Wake-ups cannot be received; waiters look by themselves instead. */
  | { event: 'wakes-unheard'; why: string }
  | ProgressEvent

/** What goes well. `Progress` emits these, and only while there is a listener. */
export type ProgressEvent =
  /** A session was opened: `access` as `Session.access` has it, `bytes` as its data is stored, 0 for a new one. */
  | ({ event: 'session-opened'; access: string; isNew: boolean; bytes: number } & RequestInfo)
  /** This request has the lock. `waited` is 0 where it was free. */
  | ({ event: 'lock-acquired'; waited: number } & RequestInfo)
  /** This request has the lock no more. */
  | ({ event: 'lock-released'; heldFor: number; because: ReleasedBecause } & RequestInfo)
  /** Data was stored: `bytes` after compression. `kept`: the request kept its lock. */
  | ({ event: 'session-committed'; writes: number; bytes: number; kept: boolean } & RequestInfo)
  /** A new session was stored for the first time. */
  | ({ event: 'session-created' } & RequestInfo)
  /** A session goes on under a new id, after a login. */
  | ({ event: 'session-regenerated' } & RequestInfo)
  /** A session goes on under a new id, with the same rights as before. */
  | ({ event: 'session-rotated' } & RequestInfo)
  /** A session was ended: a logout. */
  | ({ event: 'session-destroyed' } & RequestInfo)
  /** One step of the store, after `took` ms. `outcome` is its answer, or, where it `failed`, the code of its error. */
  | ({
      event: 'store-answered'
      step: StoreStep
      took: number
      outcome: string | undefined
      failed: boolean
    } & RequestInfo)

/** Why a request has its lock no more. `lost`: it was taken from this request, or ended with its session. */
export type ReleasedBecause = 'committed' | 'released' | 'destroyed' | 'lost'

/** A step of the store that one request, or the renewal of leases, asks for; `users.` those of its index of users. */
export type StoreStep =
  | 'acquire'
  | 'read'
  | 'commit'
  | 'release'
  | 'leave'
  | 'renew'
  | 'touch'
  | 'destroy'
  | `users.${keyof UserIndex}`

/** Why a commit was refused. `CommitOutcome` describes each reason. */
export type CommitRefused =
  | RefusedBecause
  | 'not-locked'
  | 'read-only'
  | 'bot'
  | 'too-large'
  | 'unserializable'
  | 'empty'

export type Emit = (event: SessionEvent) => void
