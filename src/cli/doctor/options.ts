import type { Problem } from '../../config/option-error.ts'
import type { Options } from '../../config/options.ts'
import { duration } from '../units.ts'
import { type Finding, good, LINKS } from './finding.ts'

/** Options that are allowed, and do not fit each other. `doubts` are those that the shop's log names at start. */
export function optionFindings(
  options: Options,
  doubts: readonly Problem[],
  unavailable: string | undefined,
): Finding[] {
  const found: Finding[] = [
    ...doubts.map(({ message }) => ({
      level: 'warning' as const,
      found: `${message}.`,
      link: LINKS.options,
    })),
    ...[...misfits(options)].map(([what, remedy]) => ({
      level: 'warning' as const,
      found: what,
      remedy,
      link: LINKS.options,
    })),
  ]
  if (unavailable !== undefined) {
    const remedy = 'Install it, or choose another compression.'
    const what = `Sessions are stored uncompressed: ${unavailable}.`
    found.push({ level: 'warning', found: what, remedy, link: LINKS.compression })
  }
  return found.length > 0 ? found : [good('The options fit each other.')]
}

function* misfits(options: Options): Iterable<[string, string]> {
  const { breakAfter, failAfter, lifetime, firstLifetime } = options
  const { commandTimeout } = options.redis
  const s = (seconds: number) => duration(seconds * 1000)
  if (firstLifetime > lifetime) {
    yield [
      `firstLifetime (${s(firstLifetime)}) is longer than lifetime (${s(lifetime)}).`,
      'Lower firstLifetime, or set it to 0.',
    ]
  }
  if (commandTimeout > breakAfter) {
    yield [
      `redis.commandTimeout (${s(commandTimeout)}) is longer than breakAfter (${s(breakAfter)}).`,
      'Lower redis.commandTimeout: a request waits that long before it is answered 503.',
    ]
  }
  if (failAfter === 0) {
    yield [
      'failAfter is 0: a request gives up in the moment in which it might break the lock.',
      'Raise failAfter.',
    ]
  }
}
