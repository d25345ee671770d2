import type { Counter, Histogram, Meter, ObservableGauge, ObservableUpDownCounter } from '@opentelemetry/api'

/** Seconds: from one trip to a Redis nearby to a request that waits until it gives up. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
/** Bytes: from an empty cart to the default of `maxSize`. */
const BYTES = [128, 256, 512, 1024, 2048, 4096, 8192, 16_384, 65_536, 262_144, 1_048_576]

/** Every instrument: its name and unit after OpenTelemetry's semantic conventions. docs/metrics.md lists them. */
export const INSTRUMENTS = {
  waitDuration: {
    kind: 'histogram',
    name: 'latchkey.lock.wait.duration',
    unit: 's',
    description: 'Time that a request waited for the lock of its session; 0 where it was free.',
    buckets: SECONDS,
  },
  holdDuration: {
    kind: 'histogram',
    name: 'latchkey.lock.hold.duration',
    unit: 's',
    description: 'Time that a request held the lock of its session.',
    buckets: SECONDS,
  },
  stepDuration: {
    kind: 'histogram',
    name: 'latchkey.store.operation.duration',
    unit: 's',
    description: 'Time of one step of the store, in most cases one command of Redis.',
    buckets: SECONDS,
  },
  size: {
    kind: 'histogram',
    name: 'latchkey.session.size',
    unit: 'By',
    description: 'Size of the data of a session as it is stored, compressed.',
    buckets: BYTES,
  },
  opens: {
    kind: 'counter',
    name: 'latchkey.session.opens',
    unit: '{session}',
    description: 'Sessions that requests opened, or could not open.',
  },
  commits: {
    kind: 'counter',
    name: 'latchkey.session.commits',
    unit: '{commit}',
    description: 'Commits by their outcome.',
  },
  changes: {
    kind: 'counter',
    name: 'latchkey.session.changes',
    unit: '{session}',
    description: 'Sessions that were created, got a new id or were destroyed.',
  },
  events: {
    kind: 'counter',
    name: 'latchkey.events',
    unit: '{event}',
    description: 'Events that the log would show, by name.',
  },
  holders: {
    kind: 'upDownCounter',
    name: 'latchkey.lock.holders',
    unit: '{request}',
    description: 'Requests of this process that hold a lock.',
  },
  waiters: {
    kind: 'upDownCounter',
    name: 'latchkey.lock.waiters',
    unit: '{request}',
    description: 'Requests of this process that wait for a lock.',
  },
  up: {
    kind: 'gauge',
    name: 'latchkey.store.up',
    unit: '1',
    description: '1 while the store can be used, 0 during an outage.',
  },
} as const

type Table = typeof INSTRUMENTS
interface Made {
  histogram: Histogram
  counter: Counter
  upDownCounter: ObservableUpDownCounter
  gauge: ObservableGauge
}
export type Instruments = { readonly [Key in keyof Table]: Made[Table[Key]['kind']] }

export function createInstruments(meter: Meter): Instruments {
  const make = (key: keyof Table) => {
    const { kind, name, unit, description } = INSTRUMENTS[key]
    const options = { unit, description }
    switch (kind) {
      case 'histogram': {
        const { buckets } = INSTRUMENTS[key] as Table['size' | 'waitDuration']
        return meter.createHistogram(name, { ...options, advice: { explicitBucketBoundaries: [...buckets] } })
      }
      case 'counter':
        return meter.createCounter(name, options)
      case 'upDownCounter':
        return meter.createObservableUpDownCounter(name, options)
      case 'gauge':
        return meter.createObservableGauge(name, options)
    }
  }
  const keys = Object.keys(INSTRUMENTS) as (keyof Table)[]
  return Object.fromEntries(keys.map(key => [key, make(key)])) as unknown as Instruments
}
