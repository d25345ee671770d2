import { LimitExceeded } from './compressor.ts'

// The block format of LibLZF, read and written here.
//
// lzfjs 1.0.1 was weighed and left: its decompressor asks for no limit, so that a bomb unfolds whole, as a list of numbers with
// 8 bytes for each; it reads past a cut-off reference and calls `new Buffer`; its compressor clears a table of 256 KB for every
// session and mangles what is shorter than 3 bytes. The format is small, and here are its two loops.

/** Bytes of a run of literals: a control byte below 32 tells one less. */
const MAX_LITERALS = 32
/** Bytes back: 13 bits tell one less. */
const MAX_OFFSET = 8192
/** Bytes: 3 bits tell one, up to 8; a byte more adds up to 255, and LibLZF adds 2 to either. */
const MAX_MATCH = 264
const MIN_MATCH = 3
const LONG = 7

const HASH_BITS = 13

/** Where three bytes were last seen, one entry for each hash. An entry of an older call is told by its `base`. */
const seen = new Int32Array(1 << HASH_BITS)
let base = 0

/** Always succeeds; noise grows by a byte in 32. */
export function fold(data: Buffer): Buffer {
  const length = data.length
  const out = Buffer.allocUnsafe(length + Math.ceil(length / MAX_LITERALS) + 1)
  if (base > 0x3fffffff - length) {
    seen.fill(0)
    base = 0
  }
  // Positions of this call are told from those of older ones by being above `base`.
  const start = base + 1
  base += length + 1
  let to = 0
  let literals = 0
  let at = 0
  const last = length - MIN_MATCH
  while (at <= last) {
    const three = ((data[at] as number) << 16) | ((data[at + 1] as number) << 8) | (data[at + 2] as number)
    const slot = Math.imul(three, 0x9e3779b1) >>> (32 - HASH_BITS)
    const ref = (seen[slot] as number) - start
    seen[slot] = at + start
    const back = at - ref
    if (
      ref < 0 ||
      back > MAX_OFFSET ||
      data[ref] !== data[at] ||
      data[ref + 1] !== data[at + 1] ||
      data[ref + 2] !== data[at + 2]
    ) {
      at += 1
      continue
    }
    const most = Math.min(length - at, MAX_MATCH)
    let match = MIN_MATCH
    while (match < most && data[ref + match] === data[at + match]) match += 1
    to = literal(data, literals, at, out, to)
    const more = match - 2
    const high = (back - 1) >> 8
    if (more < LONG) out[to++] = (more << 5) | high
    else {
      out[to++] = (LONG << 5) | high
      out[to++] = more - LONG
    }
    out[to++] = (back - 1) & 0xff
    at += match
    literals = at
  }
  to = literal(data, literals, length, out, to)
  return out.subarray(0, to)
}

function literal(data: Buffer, from: number, end: number, out: Buffer, to: number): number {
  let write = to
  for (let at = from; at < end; ) {
    const run = Math.min(end - at, MAX_LITERALS)
    out[write++] = run - 1
    for (const stop = at + run; at < stop; at += 1) out[write++] = data[at] as number
  }
  return write
}

/** Fills `out` from `place` on, at least up to `until`. The data was measured: nothing is checked again. */
export function unfold(data: Buffer, out: Buffer, place: { at: number; to: number }, until: number): void {
  let { at, to } = place
  const end = Math.min(until, out.length)
  while (to < end) {
    const control = data[at++] as number
    if (control < MAX_LITERALS) {
      for (const stop = at + control + 1; at < stop; at += 1) out[to++] = data[at] as number
      continue
    }
    let more = control >> 5
    if (more === LONG) more += data[at++] as number
    let ref = to - ((control & 0x1f) << 8) - (data[at++] as number) - 1
    for (const stop = to + more + 2; to < stop; to += 1, ref += 1) out[to] = out[ref] as number
  }
  place.at = at
  place.to = to
}

/** The format does not tell the length: it is counted first, so that a bomb is refused before anything is allocated for it. */
export function measured(data: Buffer, limit: number): number {
  if (data.length === 0) throw new Error('it is empty')
  const most = limit > 0 ? limit : Number.POSITIVE_INFINITY
  let length = 0
  let at = 0
  while (at < data.length) {
    const control = data[at++] as number
    if (control < MAX_LITERALS) {
      at += control + 1
      length += control + 1
    } else {
      let more = control >> 5
      if (more === LONG) more += data[at++] ?? 0
      const low = data[at++] ?? 0
      if (((control & 0x1f) << 8) + low + 1 > length) throw new Error('it refers to what was never there')
      length += more + 2
    }
    if (at > data.length) throw new Error('it is cut off')
    if (length > most) throw new LimitExceeded(limit)
  }
  return length
}
