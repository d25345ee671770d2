// Spans of waiting and of commits, under the span of their request, by the real SDK.

import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { context, type Span, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { instrument } from '../../src/metrics/index.ts'
import { shortHash } from '../../src/session-id.ts'
import { ownRedis } from '../support/own-redis.ts'
import { eventually, storedIn, type Watched } from '../support/sessions.ts'

const redis = ownRedis()
const exporter = new InMemorySpanExporter()
const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
const tracer = tracerProvider.getTracer('the application')
let watched: Watched

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  watched = await redis.watched()
  instrument(watched.sessions, { tracerProvider })
})
afterEach(() => exporter.reset())
afterAll(async () => {
  context.disable()
  await tracerProvider.shutdown()
})

/** Runs it as a request whose span is active. */
const asRequest = <T>(name: string, work: (span: Span) => Promise<T>): Promise<T> =>
  tracer.startActiveSpan(name, async span => {
    try {
      return await work(span)
    } finally {
      span.end()
    }
  })
const spans = (name: string) => exporter.getFinishedSpans().filter(span => span.name === name)

test('a wait and a commit are spans of the request that waited and committed, whoever woke it', async () => {
  const { sessions } = watched
  const id = await storedIn(sessions)
  const holder = await asRequest('GET /first', () => sessions.open(id, { request: 'GET shop.example/first' }))
  const waiting = asRequest('GET /second', async span => {
    const session = await sessions.open(id, { request: 'GET shop.example/second' })
    session.data.n = 2
    await session.commit()
    return span.spanContext()
  })
  await eventually(() => sessions.counts.waiting === 1)
  await asRequest('GET /first', () => holder.release())
  const request = await waiting
  const [wait] = spans('latchkey wait')
  const [commit] = spans('latchkey commit')
  for (const span of [wait, commit]) {
    expect(span?.parentSpanContext?.spanId).toBe(request.spanId)
    expect(span?.spanContext().traceId).toBe(request.traceId)
    expect(span?.attributes['latchkey.session.hash']).toBe(shortHash(id))
    expect(span?.status.code).toBe(SpanStatusCode.UNSET)
  }
  expect(wait?.attributes['latchkey.lock.holder.request']).toBe('GET shop.example/first')
  expect(commit?.attributes['latchkey.store.outcome']).toBe('written')
  // It is as long as the wait was, and lies within its request.
  const [parent] = spans('GET /second')
  const at = ([seconds, nanos]: [number, number] = [0, 0]) => seconds * 1000 + nanos / 1e6
  expect(at(wait?.duration)).toBeGreaterThan(0)
  expect(at(wait?.startTime)).toBeGreaterThanOrEqual(at(parent?.startTime) - 2)
  expect(at(wait?.endTime)).toBeLessThanOrEqual(at(parent?.endTime) + 2)
  expect(JSON.stringify(exporter.getFinishedSpans().map(({ attributes }) => attributes))).not.toContain(id)
})

test('a wait that failed is a span with an error', async () => {
  const { sessions } = watched
  const id = await storedIn(sessions)
  const holder = await sessions.open(id)
  const left = new AbortController()
  const waiting = asRequest('GET /', () => sessions.open(id, { signal: left.signal }))
  await eventually(() => sessions.counts.waiting === 1)
  left.abort()
  await expect(waiting).rejects.toMatchObject({ code: 'WAIT_ABORTED' })
  expect(spans('latchkey wait')).toMatchObject([
    { status: { code: SpanStatusCode.ERROR }, attributes: { 'error.type': 'WAIT_ABORTED' } },
  ])
  await holder.release()
})

test('without a span of its request there is none', async () => {
  expect(trace.getActiveSpan()).toBeUndefined()
  await storedIn(watched.sessions)
  expect(exporter.getFinishedSpans()).toEqual([])
})
