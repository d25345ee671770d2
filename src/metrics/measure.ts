import type { Attributes } from '@opentelemetry/api'
import type { SessionEvent } from '../events.ts'
import type { Instruments } from './instruments.ts'

/** Adds what one event tells to the instruments. Milliseconds become seconds. */
export function measure(event: SessionEvent, to: Instruments, common: Attributes): void {
  const failedOpen = (code: string) => to.opens.add(1, { ...common, 'error.type': code })
  const waited = (ms: number, outcome: string) =>
    to.waitDuration.record(ms / 1000, { ...common, 'latchkey.lock.outcome': outcome })
  const committed = (outcome: string) => to.commits.add(1, { ...common, 'latchkey.commit.outcome': outcome })
  const size = (bytes: number, direction: 'read' | 'write') =>
    to.size.record(bytes, { ...common, 'latchkey.io.direction': direction })

  switch (event.event) {
    case 'session-opened':
      to.opens.add(1, {
        ...common,
        'latchkey.session.access': event.access,
        'latchkey.session.new': event.isNew,
      })
      if (!event.isNew) size(event.bytes, 'read')
      return
    case 'lock-acquired':
      waited(event.waited, 'acquired')
      return
    case 'lock-released':
      to.holdDuration.record(event.heldFor / 1000, { ...common, 'latchkey.lock.end': event.because })
      return
    case 'session-committed':
      committed('written')
      size(event.bytes, 'write')
      return
    case 'session-created':
    case 'session-regenerated':
    case 'session-rotated':
    case 'session-destroyed':
      to.changes.add(1, { ...common, 'latchkey.session.change': event.event.replace('session-', '') })
      return
    case 'store-answered':
      to.stepDuration.record(event.took / 1000, {
        ...common,
        'latchkey.store.operation': event.step,
        ...(event.failed ? { 'error.type': event.outcome ?? '_OTHER' } : {}),
      })
      return
    case 'lock-given-up':
      waited(event.waited, 'gave-up')
      if (event.giveUp === 'throw') failedOpen('LOCK_TIMEOUT')
      break
    case 'wait-aborted':
      waited(event.waited, 'aborted')
      failedOpen('WAIT_ABORTED')
      break
    case 'concurrency-exceeded':
      failedOpen('CONCURRENT_CONNECTIONS_EXCEEDED')
      break
    case 'commit-refused':
      committed(event.reason)
      break
    case 'store-failed':
      if (event.during === 'open') failedOpen(event.error.code)
      if (event.during === 'commit') committed('failed')
      break
  }
  to.events.add(1, { ...common, 'latchkey.event.name': event.event, ...reasonOf(event) })
}

/** What tells events of one name apart, where it has few values. */
function reasonOf(event: SessionEvent): Attributes {
  const { because, reason, limit, during } = event as Partial<
    Record<'because' | 'reason' | 'limit' | 'during', string>
  >
  const found = because ?? reason ?? limit ?? during
  return found === undefined ? {} : { 'latchkey.event.reason': found }
}
