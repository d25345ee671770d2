import { createHash, randomBytes } from 'node:crypto'

/**
 * 192 random bits, as characters that are safe in a cookie, a URL and a Redis key.
 *
 * @param forPhp one that PHP accepts, which knows no underscore
 */
export function newSessionId(forPhp = false): string {
  return randomBytes(24).toString(forPhp ? 'hex' : 'base64url')
}

export type Naming = 'hashed' | 'plain'

/** Which ids are accepted. `php` is `plain` without what PHP refuses. */
export type IdRule = Naming | 'php'

const WELL_FORMED: Record<IdRule, { pattern: RegExp; rule: string }> = {
  // What PHP (22 to 256 of A–Z a–z 0–9 , -), express-session (uid-safe, base64url), nanoid and UUIDs make. Nothing in it means
  // anything to SCAN's patterns, to the cluster's hash tags or to a log line.
  plain: { pattern: /^[A-Za-z0-9,_-]{16,256}$/, rule: '16 to 256 characters of A–Z a–z 0–9 , _ -' },
  // Magento's own check; PHP's session module takes no other characters either.
  php: {
    pattern: /^[A-Za-z0-9,-]{16,256}$/,
    rule: '16 to 256 characters of A–Z a–z 0–9 , - where the option php is given: PHP refuses others, and _ too',
  },
  // The key holds a hash of it.
  hashed: { pattern: /^[\x21-\x7e]{1,256}$/, rule: '1 to 256 printable ASCII characters without a blank' },
}

export function isWellFormed(id: unknown, rule: IdRule): id is string {
  return typeof id === 'string' && WELL_FORMED[rule].pattern.test(id)
}

/** What `isWellFormed` asks for, in words. */
export function idRule(rule: IdRule): string {
  return WELL_FORMED[rule].rule
}

/** The record's name, without prefix: the id itself, or a hash of it from which nobody learns an id. */
export function recordName(id: string, naming: Naming): string {
  return naming === 'plain' ? id : createHash('sha256').update(id).digest('base64url')
}

const HASHED = /^[A-Za-z0-9_-]{43}$/

/** Whether a record can have this name. What else is under the prefix is another program's. */
export function isRecordName(name: string, naming: Naming): boolean {
  return naming === 'plain' ? isWellFormed(name, naming) : HASHED.test(name)
}

/** What logs and events say instead of an id: ten characters of its hash. */
export function shortHash(id: string): string {
  return shortHashOf(recordName(id, 'hashed'), 'hashed')
}

/** The same by the record's name, of which a hashed one is the whole of it already. */
export function shortHashOf(name: string, naming: Naming): string {
  return naming === 'plain' ? shortHash(name) : name.slice(0, 10)
}
