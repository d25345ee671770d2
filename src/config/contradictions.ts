import { given, isValues, type Layer, origin, saidOf } from './layer.ts'
import type { Problem } from './option-error.ts'
import { phpConflicts } from './php.ts'

/** What is wrong with a compression and its level, of which this module knows nothing. */
export type WrongCompression = (
  options: Record<string, unknown>,
) => { option: string; rule: string; why?: string } | undefined

/** Options that are right one by one and impossible together. `merged` may hold misfits too: they are told elsewhere. */
export function contradictions(
  merged: unknown,
  layers: readonly Layer[],
  wrongCompression?: WrongCompression,
): Problem[] {
  const options = given(merged)
  const { db, cluster } = given(options.redis)
  const got = (option: string) => `${option} ${saidOf(option, options, layers)} (${origin(option, layers)})`
  const problems: Problem[] = []
  const report = (option: string, rule: string, involved: string[], remedy = '') =>
    problems.push({
      option,
      message: `${option}: expected ${rule}, got ${involved.map(got).join(' and ')}${remedy}`,
    })

  if (exceeds(options.minLifetime, options.maxLifetime)) {
    report(
      'minLifetime',
      'at most maxLifetime',
      ['minLifetime', 'maxLifetime'],
      ': lower minLifetime or raise maxLifetime',
    )
  }
  for (const option of ['lifetime', 'firstLifetime', 'botLifetime', 'botFirstLifetime']) {
    // A default is cut to maxLifetime without a word: that is what maxLifetime is for.
    if (origin(option, layers) === 'the default' || !exceeds(options[option], options.maxLifetime)) continue
    report(option, 'at most maxLifetime', [option, 'maxLifetime'], `: raise maxLifetime or lower ${option}`)
  }
  if (options.maxDecompressedSize !== 0 && exceeds(options.maxSize, options.maxDecompressedSize)) {
    report('maxDecompressedSize', '0 or at least maxSize', ['maxDecompressedSize', 'maxSize'])
  }
  if (options.adopt === true && options.naming === 'hashed') {
    report('naming', 'plain where adopt is true', ['naming', 'adopt'])
  }
  const wrong = wrongCompression?.(options)
  if (wrong) report(wrong.option, wrong.rule, [wrong.option], wrong.why && `: ${wrong.why}`)
  for (const { option, rule, remedy } of phpConflicts(options)) {
    // A name that no compression has was reported just now.
    if (option !== wrong?.option) report(option, rule, [option], remedy)
  }
  if (isValues(cluster) && exceeds(db, 0)) report('redis.db', '0 in a cluster', ['redis.db'])
  return problems
}

function exceeds(value: unknown, limit: unknown): boolean {
  return typeof value === 'number' && typeof limit === 'number' && value > limit
}
