import type { Desk } from './desk.ts'

/** How many sessions are read whole. */
const SAMPLE = 500
/** How many of them at a time. */
const AT_ONCE = 10
/** Bytes: larger ones are not read for a sample. */
const LARGEST = 1_048_576

/** Takes every name with the same chance, without knowing how many there will be (reservoir sampling). */
export class Reservoir {
  readonly names: string[] = []
  #met = 0

  add(name: string, bytes: number): void {
    if (bytes === 0 || bytes > LARGEST) return
    this.#met++
    const place = this.names.length < SAMPLE ? this.names.length : Math.floor(Math.random() * this.#met)
    if (place < SAMPLE) this.names[place] = name
  }
}

export interface Sample {
  sessions: number
  /** Bytes as stored, as compressed, and as they were before. */
  stored: number
  packed: number
  raw: number
  /** Bytes of Redis for the whole keys; null without the right to MEMORY USAGE. */
  memory: number | null
  /** Sessions by the library that compressed them. */
  libraries: Record<string, number>
}

export async function readSample({ overview, codec }: Desk, names: readonly string[]): Promise<Sample> {
  const sample: Sample = { sessions: 0, stored: 0, packed: 0, raw: 0, memory: 0, libraries: {} }
  for (let at = 0; at < names.length; at += AT_ONCE) {
    const some = names.slice(at, at + AT_ONCE)
    const read = await Promise.all(
      some.map(async name => ({
        name,
        payload: await overview.payload(name),
        memory: await overview.memory(name),
      })),
    )
    for (const { name, payload, memory } of read) {
      if (!payload) continue
      const { bytes, packed = 0, compression } = await codec.describe(payload, name)
      sample.libraries[compression] = (sample.libraries[compression] ?? 0) + 1
      if (bytes === undefined) continue
      sample.sessions++
      sample.stored += payload.length
      sample.packed += packed
      sample.raw += bytes
      sample.memory = sample.memory === null || memory === undefined ? null : sample.memory + memory
    }
  }
  return sample
}
