import { type Compressor, ENCRYPTED, type Levels, TAG, whyUnavailable } from './compressor.ts'
import { gzip } from './gzip.ts'
import { lz4 } from './lz4.ts'
import { lzf } from './lzf.ts'
import { snappy } from './snappy.ts'
import { zstd } from './zstd.ts'

/** The libraries that come with Latchkey. `none` is not among them: it stands for no compression. */
export const COMPRESSORS: readonly Compressor[] = [gzip, lzf, lz4, snappy, zstd]

/** Part of Node: where one is missing, nothing can be installed, so choosing it is an error at start. */
const IN_NODE: readonly Compressor[] = [gzip, zstd]

/** The libraries that can be used, by name and by tag. */
export interface Registry {
  /** The library of this name; undefined if there is none. */
  named(name: string): Compressor | undefined
  /** The library of this tag; undefined if there is none. */
  tagged(tag: string): Compressor | undefined
  /**
   * What is wrong with these options, if anything: the rule completes the sentence "<option>: expected …".
   *
   * @internal
   */
  wrong(options: Choice): WrongChoice | undefined
}

/** Options that may hold anything: what is no option at all is told elsewhere. */
export interface Choice {
  compression?: unknown
  compressionLevel?: unknown
}

export interface WrongChoice {
  option: keyof Choice
  rule: string
  why?: string
}

/**
 * The libraries that come with Latchkey, and your own.
 *
 * @throws {TypeError} that says what is wrong with one of your own
 */
export function createRegistry(own: readonly Compressor[] = []): Registry {
  const all = [...COMPRESSORS]
  for (const compressor of own) {
    const wrong = misfit(compressor, all)
    if (wrong !== undefined) throw new TypeError(wrong)
    all.push(compressor)
  }
  const byTag = new Map(all.map(c => [c.tag, c]))
  const names = [...all.map(c => c.name), 'none']
  const named = (name: unknown) => all.find(c => c.name === name)
  return {
    named,
    tagged: tag => byTag.get(tag),
    wrong({ compression: name, compressionLevel: level }) {
      if (typeof name !== 'string') return undefined
      if (!names.includes(name)) {
        return { option: 'compression', rule: `one of ${names.map(each => `"${each}"`).join(', ')}` }
      }
      const compressor = named(name)
      const missing = compressor && IN_NODE.includes(compressor) ? whyUnavailable(compressor) : undefined
      if (missing !== undefined)
        return { option: 'compression', rule: 'a library that can be used here', why: missing }
      const rule = wrongLevel(name, compressor?.levels, level)
      return rule === undefined ? undefined : { option: 'compressionLevel', rule }
    },
  }
}

function wrongLevel(name: string, levels: Levels | undefined, level: unknown): string | undefined {
  if (!Number.isInteger(level)) return undefined
  if (!levels) return `null for ${name}, which takes no level`
  const { min, max } = levels
  if (Number(level) >= min && Number(level) <= max) return undefined
  return `a whole number from ${min} to ${max} for ${name}, or null`
}

/** The libraries that come with us, and no others. */
export const REGISTRY = createRegistry()

const NAME = /^[a-z][a-z0-9-]{0,31}$/

function misfit(given: unknown, others: readonly Compressor[]): string | undefined {
  if (typeof given !== 'object' || given === null) {
    return `compressors: expected a list of objects with name, tag, compress and decompress, got ${String(given)}`
  }
  const { name, tag, levels, compress, decompress, unavailable } = given as Record<keyof Compressor, unknown>
  if (typeof name !== 'string' || !NAME.test(name) || name === 'none') {
    return `the name of a compressor: expected 1 to 32 characters of a–z 0–9 -, and not "none", got ${JSON.stringify(name)}`
  }
  const must = (rule: string) => `the compressor "${name}": expected ${rule}`
  if (typeof tag !== 'string' || !TAG.test(tag)) {
    return must(
      `a tag of 4 characters such as ":zz:", two of a–z 0–9 between colons, got ${JSON.stringify(tag)}`,
    )
  }
  if (tag === ENCRYPTED) return must(`a tag of its own: ${tag} is that of encrypted data`)
  const twin = others.find(other => other.name === name || other.tag === tag)
  if (twin) {
    return must(
      twin.name === name
        ? 'a name of its own: there is one of that name already'
        : `a tag of its own: ${tag} is that of "${twin.name}"`,
    )
  }
  if (typeof compress !== 'function') return must('a function compress(data, level)')
  if (typeof decompress !== 'function') return must('a function decompress(data, limit)')
  if (unavailable !== undefined && typeof unavailable !== 'function')
    return must('a function as unavailable, or none')
  if (levels !== undefined && !areLevels(levels)) {
    return must('levels of three whole numbers, min ≤ default ≤ max, or none')
  }
  return undefined
}

function areLevels(levels: unknown): boolean {
  const { min, max, default: usual } = Object(levels) as Record<string, number>
  const numbers = [min, usual, max]
  return numbers.every(Number.isInteger) && Number(min) <= Number(usual) && Number(usual) <= Number(max)
}
