export type { Compressor } from './codec/compressor.ts'
export type { Data } from './codec/json.ts'
export { OptionError, type Problem as OptionProblem } from './config/option-error.ts'
export type {
  AuthenticatedOptions,
  ClusterOptions,
  EncryptionKeyOptions,
  EncryptionOptions,
  Options,
  OptionsInput,
  PhpOptions,
  RedisOptions,
  SentinelOptions,
  TlsOptions,
  UsersOptions,
} from './config/options.ts'
export type { Duration, Size } from './config/units.ts'
export { createSessions, type Extras } from './create.ts'
export { ConcurrentConnectionsExceeded, type ErrorCode, SessionError } from './errors.ts'
export type {
  CommitRefused, ProgressEvent, ReleasedBecause, RequestInfo, SessionEvent, StoreStep,
} from './events.ts' // biome-ignore format: one glance
export type { Sessions } from './handler.ts'
export type { Health } from './health.ts'
export type { InspectedSession } from './inspect.ts'
export type { Listener } from './listeners.ts'
export type { CurrentOutage } from './outage.ts'
export type { SessionData } from './session/data.ts'
export type { OpenOptions } from './session/open-options.ts'
export type { Access, CommitOptions, CommitOutcome, Mode } from './session/outcome.ts'
export type { RotateOptions } from './session/rotation.ts'
export type { SharedCookie } from './session/shared-cookie.ts'
export type { Session } from './session.ts'
export type { Holder, Store } from './store.ts'
export type { LoginOptions, SessionRef, UserSession } from './users/user-options.ts'
