import { inflateSync } from 'node:zlib'

/**
 * A second reader of each format, byte by byte and after its description alone. They refuse what the libraries of C would
 * refuse, and say so by their limits.
 */
export const readers: Record<string, (data: Buffer) => Buffer> = {
  gzip: data => inflateSync(data),
  lzf: readLzf,
  lz4: readLz4,
  snappy: readSnappy,
}

function demand(condition: boolean, what: string): void {
  if (!condition) throw new Error(what)
}

function byteOf(data: Buffer, at: number): number {
  const byte = data[at]
  if (byte === undefined) throw new Error(`cut off at ${at}`)
  return byte
}

function copy(out: number[], offset: number, length: number): void {
  demand(offset >= 1 && offset <= out.length, `an offset of ${offset} after ${out.length} bytes`)
  for (let i = 0; i < length; i += 1) out.push(out[out.length - offset] ?? 0)
}

/** LibLZF: 000LLLLL and L+1 literals; LLLooooo oooooooo; 111ooooo LLLLLLLL oooooooo. */
export function readLzf(data: Buffer): Buffer {
  const out: number[] = []
  let at = 0
  while (at < data.length) {
    const control = byteOf(data, at++)
    if (control < 32) for (let i = 0; i <= control; i += 1) out.push(byteOf(data, at++))
    else {
      let length = (control >> 5) + 2
      if (control >> 5 === 7) length += byteOf(data, at++)
      const offset = ((control & 31) << 8) + byteOf(data, at++) + 1
      demand(length >= 3 && length <= 264, `a match of ${length}`)
      copy(out, offset, length)
    }
  }
  return Buffer.from(out)
}

function readLz4(data: Buffer): Buffer {
  const declared = data.readUInt32LE(0)
  const out: number[] = []
  let at = 4
  const more = (nibble: number) => {
    let length = nibble
    if (nibble === 15) {
      let byte: number
      do {
        byte = byteOf(data, at++)
        length += byte
      } while (byte === 255)
    }
    return length
  }
  for (;;) {
    const token = byteOf(data, at++)
    for (let left = more(token >> 4); left > 0; left -= 1) out.push(byteOf(data, at++))
    // The last sequence has no match.
    if (at === data.length) break
    const offset = byteOf(data, at) | (byteOf(data, at + 1) << 8)
    at += 2
    copy(out, offset, more(token & 15) + 4)
  }
  demand(out.length === declared, `${declared} bytes declared, ${out.length} found`)
  return Buffer.from(out)
}

function readSnappy(data: Buffer): Buffer {
  const out: number[] = []
  let at = 0
  let declared = 0
  for (let shift = 0; ; shift += 7) {
    const byte = byteOf(data, at++)
    declared += (byte & 127) * 2 ** shift
    if (byte < 128) break
  }
  const little = (bytes: number) => {
    let value = 0
    for (let i = 0; i < bytes; i += 1) value += byteOf(data, at++) * 256 ** i
    return value
  }
  while (at < data.length) {
    const tag = byteOf(data, at++)
    const kind = tag & 3
    if (kind === 0) {
      const short = tag >> 2
      const length = (short < 60 ? short : little(short - 59)) + 1
      for (let i = 0; i < length; i += 1) out.push(byteOf(data, at++))
    } else if (kind === 1) {
      const offset = ((tag >> 5) << 8) + little(1)
      copy(out, offset, ((tag >> 2) & 7) + 4)
    } else {
      const offset = little(kind === 2 ? 2 : 4)
      copy(out, offset, (tag >> 2) + 1)
    }
  }
  demand(out.length === declared, `${declared} bytes declared, ${out.length} found`)
  return Buffer.from(out)
}
