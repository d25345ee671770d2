import { type Attributes, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api'
import type { RequestInfo, SessionEvent } from '../events.ts'
import type { Holder } from '../store.ts'

/**
 * Makes spans of what takes a request time: waiting for its lock, and its commits. The event comes when that is over, in the
 * context of its request, so the span is begun in the past. Requests without a span of their own get none.
 */
export function span(event: SessionEvent, tracer: Tracer, common: Attributes): void {
  switch (event.event) {
    case 'lock-waited':
      past('latchkey wait', event.waited, waitAttributes(event))
      break
    case 'lock-given-up':
      past('latchkey wait', event.waited, waitAttributes(event), 'LOCK_TIMEOUT')
      break
    case 'wait-aborted':
      past('latchkey wait', event.waited, { ...session(event) }, 'WAIT_ABORTED')
      break
    case 'store-answered':
      if (event.step !== 'commit') return
      if (event.failed) past('latchkey commit', event.took, session(event), event.outcome ?? '_OTHER')
      else {
        const outcome = { 'latchkey.store.outcome': event.outcome }
        past('latchkey commit', event.took, { ...session(event), ...outcome })
      }
      break
  }

  function past(name: string, ms: number, attributes: Attributes, error?: string): void {
    if (!trace.getActiveSpan()) return
    const now = performance.now()
    const made = tracer.startSpan(name, { startTime: now - ms, attributes: { ...common, ...attributes } })
    if (error !== undefined) {
      made.setAttribute('error.type', error)
      made.setStatus({ code: SpanStatusCode.ERROR })
    }
    made.end(now)
  }
}

/** The short hash by which the log speaks of the session, and never its id. */
function session({ session }: RequestInfo): Attributes {
  return { 'latchkey.session.hash': session }
}

function waitAttributes(event: RequestInfo & { holder: Holder }): Attributes {
  const [host, pid] = event.holder.token.split('|')
  return {
    ...session(event),
    'latchkey.lock.holder': `${host}|${pid}`,
    'latchkey.lock.holder.request': event.holder.request,
  }
}
