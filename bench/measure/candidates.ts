import type { Compressor } from 'latchkey/codec'

/** A library at a level: what the option `compression` can say. */
export interface Candidate {
  /** `gzip 6`, or the library's name where it takes no level. */
  readonly name: string
  readonly library: string
  /** null where the library takes none. */
  readonly level: number | null
  /** Whether a user gets this level without asking for one. */
  readonly usual: boolean
  /** Round trips in one round at most, for a library that leaks. */
  readonly most?: number
  /** undefined for plain storage. */
  readonly compressor: Compressor | undefined
}

export interface Unavailable {
  readonly library: string
  readonly reason: string
}

const PLAIN: Candidate = {
  name: 'none',
  library: 'none',
  level: null,
  usual: true,
  compressor: undefined,
}

/** Higher levels, where a library has them, take a session milliseconds and megabytes for its last percent. */
const HIGHEST = 9

export function candidatesOf(compressors: readonly Compressor[]): {
  candidates: Candidate[]
  unavailable: Unavailable[]
} {
  const unavailable: Unavailable[] = []
  const candidates = compressors.flatMap(compressor => {
    const reason = compressor.unavailable?.()
    if (reason !== undefined) {
      unavailable.push({ library: compressor.name, reason })
      return []
    }
    return levelsOf(compressor).map(level => ({
      name: level === null ? compressor.name : `${compressor.name} ${level}`,
      library: compressor.name,
      level,
      usual: level === null || level === compressor.levels?.default,
      compressor,
    }))
  })
  return { candidates: [PLAIN, ...candidates], unavailable }
}

/** The lowest, the library's default, the highest that a request can afford, and two between. */
function levelsOf({ levels }: Compressor): (number | null)[] {
  if (!levels) return [null]
  const { min, default: usual } = levels
  const max = Math.max(Math.min(levels.max, HIGHEST), usual)
  const between = [1 / 3, 2 / 3].map(share => Math.round(usual + share * (max - usual)))
  return [...new Set([min, usual, ...between, max])].sort((a, b) => a - b)
}
