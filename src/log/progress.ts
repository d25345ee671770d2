import type { ProgressEvent } from '../events.ts'
import { ms } from './words.ts'

/** The line of something that went well, at the level `trace`. */
export function progressLine(event: ProgressEvent): string {
  switch (event.event) {
    case 'session-opened':
      return event.isNew
        ? `opened a new session (${event.access})`
        : `opened the session (${event.access}, ${event.bytes} bytes)`
    case 'lock-acquired':
      return event.waited === 0
        ? 'acquired the lock at once'
        : `acquired the lock after waiting ${ms(event.waited)}`
    case 'lock-released':
      return `held the lock for ${ms(event.heldFor)} (${event.because})`
    case 'session-committed':
      return `committed ${event.bytes} bytes (write ${event.writes}${event.kept ? ', and keeps the lock' : ''})`
    case 'session-created':
      return 'stored a new session'
    case 'session-regenerated':
      return 'the session goes on under a new id'
    case 'session-rotated':
      return 'the session was rotated to a new id'
    case 'session-destroyed':
      return 'destroyed the session'
    case 'store-answered':
      return `${event.step} ${event.failed ? 'failed' : 'took'} ${event.failed ? 'after ' : ''}${ms(event.took)}${event.outcome === undefined ? '' : ` (${event.outcome})`}`
  }
}
