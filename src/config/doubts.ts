import { encryptionDoubts } from './encryption.ts'
import { at, given, isValues, type Layer, origin, saidOf } from './layer.ts'
import type { Problem } from './option-error.ts'
import { EXTENSIONS } from './php.ts'

/** Options that work together, but not as anybody expects. Each says what happens and what to change. */
export function doubts(options: unknown, layers: readonly Layer[]): Problem[] {
  const { lease, breakAfter, failAfter, warnAfter, lifetime, minLifetime, rotateAfter, locking } =
    given(options)
  const { php, compression } = given(options)
  const redis = given(given(options).redis)
  const got = (option: string) => `${option} ${saidOf(option, options, layers)} (${origin(option, layers)})`
  // What a default says beside another option was not meant by anybody.
  const isSaid = (option: string) => layers.some(({ values }) => at(values, option) !== undefined)
  const problems: Problem[] = []
  const doubt = (option: string, message: string) =>
    problems.push({ option, message: `${option}: expected ${message}` })

  if (isSaid('lease') && above(lease, breakAfter)) {
    doubt(
      'lease',
      `at most breakAfter, got ${got('lease')} and ${got('breakAfter')}: a waiter breaks the lock before the lease ends. Lower lease or raise breakAfter`,
    )
  }
  if (isSaid('lifetime') && above(minLifetime, lifetime)) {
    doubt(
      'lifetime',
      `at least minLifetime, got ${got('lifetime')} and ${got('minLifetime')}: sessions get minLifetime. Raise lifetime or lower minLifetime`,
    )
  }
  if (isSaid('warnAfter') && above(warnAfter, 0) && !above(sum(breakAfter, failAfter), warnAfter)) {
    doubt(
      'warnAfter',
      `less than breakAfter + failAfter, got ${got('warnAfter')}, ${got('breakAfter')} and ${got('failAfter')}: no request waits that long, so the warning never comes. Lower warnAfter`,
    )
  }
  if (above(rotateAfter, 0) && locking === false) {
    doubt(
      'rotateAfter',
      `0 without locking, got ${got('rotateAfter')}: only a request that holds the lock gives its session a new id, and none does. Leave locking on, or call session.rotate`,
    )
  }
  if (above(rotateAfter, 0) && isValues(php)) {
    doubt(
      'rotateAfter',
      `0 where php is given, got ${got('rotateAfter')}: PHP does not follow an old id to the new one, so its requests beside a rotation lose their session. Leave rotateAfter out`,
    )
  }
  const extension = isValues(php) ? EXTENSIONS[String(compression)] : undefined
  if (extension !== undefined) {
    doubt(
      'compression',
      `gzip or none where php is given, got ${got('compression')}: a PHP without the extension ${extension} fails on such a session and keeps its lock. Install it on every PHP server, or leave compression out`,
    )
  }
  const { url, tls } = redis
  if (typeof url === 'string' && url.startsWith('redis://') && (tls === true || isValues(tls))) {
    doubt(
      'redis.url',
      `rediss:// where redis.tls is given, got redis:// (${origin('redis.url', layers)}): the connection uses TLS. Write rediss://, or leave redis.tls out`,
    )
  }
  return [...problems, ...encryptionDoubts(options, layers)]
}

function above(value: unknown, limit: unknown): boolean {
  return typeof value === 'number' && typeof limit === 'number' && value > limit
}

function sum(a: unknown, b: unknown): number {
  return Number(a) + Number(b)
}
