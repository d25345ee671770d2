import { given, isValues, type Layer } from './layer.ts'
import type { Problem } from './option-error.ts'

/** What is wrong with a compression and its level, of which this module knows nothing. */
export type WrongCompression = (
  options: Record<string, unknown>,
) => { option: string; rule: string } | undefined

/** Options that are right one by one and impossible together. `merged` may hold misfits too: they are told elsewhere. */
export function contradictions(
  merged: unknown,
  layers: readonly Layer[],
  wrongCompression?: WrongCompression,
): Problem[] {
  const options = given(merged)
  const { db, cluster } = given(options.redis)
  const is = (option: string) => `${option} is ${at(options, option)} (${origin(option, layers)})`
  const problems: Problem[] = []
  const report = (option: string, rule: string, ...involved: string[]) =>
    problems.push({ option, message: `${option} must be ${rule}, but ${involved.map(is).join(' and ')}` })

  if (exceeds(options.minLifetime, options.maxLifetime)) {
    report('minLifetime', 'at most maxLifetime', 'minLifetime', 'maxLifetime')
  }
  if (options.maxDecompressedSize !== 0 && exceeds(options.maxSize, options.maxDecompressedSize)) {
    report('maxDecompressedSize', '0 or at least maxSize', 'maxDecompressedSize', 'maxSize')
  }
  if (options.adopt === true && options.naming === 'hashed') {
    report('naming', 'plain where adopt is true', 'naming', 'adopt')
  }
  const wrong = wrongCompression?.(options)
  if (wrong) report(wrong.option, wrong.rule, wrong.option)
  if (isValues(cluster) && exceeds(db, 0)) report('redis.db', '0 in a cluster', 'redis.db')
  return problems
}

function exceeds(value: unknown, limit: unknown): boolean {
  return typeof value === 'number' && typeof limit === 'number' && value > limit
}

function origin(option: string, layers: readonly Layer[]): string {
  return layers.findLast(({ values }) => at(values, option) !== undefined)?.source(option) ?? 'the default'
}

function at(values: unknown, option: string): unknown {
  return option.split('.').reduce((inside, key) => given(inside)[key], values)
}
