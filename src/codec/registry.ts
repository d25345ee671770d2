import type { Compressor } from './compressor.ts'
import { gzip } from './gzip.ts'

/** `none` is no compressor: it is their absence. */
export const COMPRESSORS: readonly Compressor[] = [gzip]

export function compressorNames(): string[] {
  return [...COMPRESSORS.map(c => c.name), 'none']
}

export function compressorNamed(name: string): Compressor | undefined {
  return COMPRESSORS.find(c => c.name === name)
}

export function compressorTagged(tag: string): Compressor | undefined {
  return COMPRESSORS.find(c => c.tag === tag)
}
