import {
  type Attributes,
  type MeterProvider,
  metrics,
  type Observable,
  type ObservableResult,
  type TracerProvider,
  trace,
} from '@opentelemetry/api'
import type { Sessions } from '../handler.ts'
import { createInstruments } from './instruments.ts'
import { measure } from './measure.ts'
import { span } from './spans.ts'

/** Where measurements and spans go. Nothing is required: OpenTelemetry's registered providers are the default. */
export interface InstrumentOptions {
  /** Where the metrics go: by default the provider that is registered with OpenTelemetry's API. Register it before. */
  meterProvider?: MeterProvider | undefined
  /** Where the spans go: by default the provider that is registered. */
  tracerProvider?: TracerProvider | undefined
  /** Added to every measurement and every span, to tell several sessions of one process apart. None by default. */
  attributes?: Attributes | undefined
}

/**
 * Measures sessions from now on with OpenTelemetry: how long requests wait for locks and hold them, how long Redis takes, how large
 * sessions are, what came of opens and commits. Waiting and commits become spans under the request's active span.
 *
 * @returns ends it
 */
export function instrument(sessions: Sessions<object>, options: InstrumentOptions = {}): () => void {
  const { meterProvider = metrics, tracerProvider = trace, attributes = {} } = options
  const instruments = createInstruments(meterProvider.getMeter('latchkey'))
  const tracer = tracerProvider.getTracer('latchkey')
  const ends = [
    sessions.onEvent(event => {
      measure(event, instruments, attributes)
      span(event, tracer, attributes)
    }),
    observe(instruments.holders, () => sessions.counts.holding),
    observe(instruments.waiters, () => sessions.counts.waiting),
    observe(instruments.up, () => (sessions.outage ? 0 : 1)),
  ]
  return () => {
    for (const end of ends) end()
  }

  function observe(instrument: Observable, value: () => number): () => void {
    const callback = (result: ObservableResult) => result.observe(value(), attributes)
    instrument.addCallback(callback)
    return () => instrument.removeCallback(callback)
  }
}
