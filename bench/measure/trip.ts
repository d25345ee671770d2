import type { Awaitable } from 'latchkey/codec'
import type { Candidate } from './candidates.ts'

/** Bytes in front of what a library made. */
export const TAG = 4

/** One session into its stored form and out again. Times in milliseconds. */
export interface Trip {
  readonly stored: number
  readonly in: number
  readonly out: number
  /** The longest that the event loop stood still. */
  readonly block: number
}

/** Bytes that a session may unfold to; the sessions are known, and none is as large. */
const LIMIT = 64 * 2 ** 20

/** The trip as the handler makes it: awaited, and on another thread where the library says so. Throws when a byte differs. */
export async function tripOf({ compressor, level }: Candidate, session: Buffer): Promise<Trip> {
  if (!compressor) return { stored: session.length, in: 0, out: 0, block: 0 }
  const into = await timed(() => compressor.compress(session, level))
  const out = await timed(() => compressor.decompress(asBuffer(into.value), LIMIT))
  if (!asBuffer(out.value).equals(session)) throw new Error('what came out is not what went in')
  const kept = into.value.length + TAG < session.length
  return {
    stored: kept ? into.value.length + TAG : session.length,
    in: into.took,
    // What did not get smaller is stored as it is, and read without work.
    out: kept ? out.took : 0,
    block: Math.max(into.block, kept ? out.block : 0),
  }
}

/** From the moment before the library is asked. */
async function timed(ask: () => Awaitable<Uint8Array>) {
  const watch = watchTurns()
  const started = performance.now()
  try {
    const value = await ask()
    const took = performance.now() - started
    // The turn began a little earlier than the library was asked.
    return { value, took, block: Math.min(took, watch.longest()) }
  } finally {
    watch.stop()
  }
}

function asBuffer(data: Uint8Array): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.length)
}

/**
 * How long the turns of the event loop are busy. It looks once in each turn that there is anyway: to look all the time would
 * take the processor away from the other thread.
 */
function watchTurns(): { longest(): number; stop(): void } {
  let last = performance.eventLoopUtilization()
  let longest = 0
  const look = () => {
    const now = performance.eventLoopUtilization()
    longest = Math.max(longest, performance.eventLoopUtilization(now, last).active)
    last = now
    return longest
  }
  const turn = () => {
    look()
    next = setImmediate(turn).unref()
  }
  let next = setImmediate(turn).unref()
  return { longest: look, stop: () => clearImmediate(next) }
}
