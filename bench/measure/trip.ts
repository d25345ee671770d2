import type { Compressor } from 'latchkey/codec'
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

/** The trip as the handler makes it: large sessions on another thread, where the library has one. Throws when a byte differs. */
export async function tripOf({ compressor, level }: Candidate, session: Buffer): Promise<Trip> {
  if (!compressor) return { stored: session.length, in: 0, out: 0, block: 0 }
  const into = await timed(compression(compressor, level, session))
  const out = await timed(decompression(compressor, into.value))
  if (!out.value.equals(session)) throw new Error('what came out is not what went in')
  const kept = into.value.length + TAG < session.length
  return {
    stored: kept ? into.value.length + TAG : session.length,
    in: into.took,
    // What did not get smaller is stored as it is, and read without work.
    out: kept ? out.took : 0,
    block: Math.max(into.block, kept ? out.block : 0),
  }
}

type Work = () => Buffer | Promise<Buffer>

function compression(compressor: Compressor, level: number | null, data: Buffer): Work {
  const { offThread } = compressor
  return offThread && data.length >= offThread.compressFrom(level)
    ? () => offThread.compress(data, level)
    : () => compressor.compress(data, level)
}

function decompression(compressor: Compressor, data: Buffer): Work {
  const { offThread } = compressor
  return offThread && data.length >= offThread.decompressFrom
    ? () => offThread.decompress(data, LIMIT)
    : () => compressor.decompress(data, LIMIT)
}

async function timed(work: Work): Promise<{ value: Buffer; took: number; block: number }> {
  const started = performance.now()
  const result = work()
  if (Buffer.isBuffer(result)) {
    const took = performance.now() - started
    return { value: result, took, block: took }
  }
  // How long the loop was busy meanwhile. Looking at it all the time would take the other thread's processor away.
  const before = performance.eventLoopUtilization()
  const starting = performance.now() - started
  const value = await result
  const took = performance.now() - started
  return { value, took, block: starting + performance.eventLoopUtilization(before).active }
}
