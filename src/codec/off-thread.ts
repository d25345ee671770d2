import { type Compressor, exceedsLimit } from './compressor.ts'

/** What a library answered, or will answer where that would have blocked the event loop. */
export type Answer = { now: Buffer } | { later: Promise<Buffer> }

export function compressed(compressor: Compressor, data: Buffer, level: number | null): Answer {
  const { offThread } = compressor
  return offThread && data.length >= offThread.compressFrom(level)
    ? { later: offThread.compress(data, level) }
    : { now: compressor.compress(data, level) }
}

/** Throws what the library throws; a promise rejects with it. */
export function decompressed(compressor: Compressor, data: Buffer, limit: number): Answer {
  const { offThread } = compressor
  if (!offThread) return { now: compressor.decompress(data, limit) }
  if (data.length >= offThread.decompressFrom) return { later: offThread.decompress(data, limit) }
  const { unfoldsTo = limit } = offThread
  const here = limit > 0 ? Math.min(limit, unfoldsTo) : unfoldsTo
  try {
    return { now: compressor.decompress(data, here) }
  } catch (error) {
    if (here === limit || !exceedsLimit(error)) throw error
    return { later: offThread.decompress(data, limit) }
  }
}
