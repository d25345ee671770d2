import * as v from 'valibot'
import { keyBytes } from '../key-bytes.ts'
import { at, given, isValues, type Layer, origin, type Values } from './layer.ts'
import type { Problem } from './option-error.ts'
import { looked } from './secret.ts'
import { flag, group, option, size } from './shapes.ts'

const ID = 'a text of 1 to 32 characters of A–Z a–z 0–9 . _ -'
const KEY =
  '32 random bytes as hex or base64 (openssl rand -base64 32 makes them), or { "env": "NAME" } where the variable NAME holds them'
const FROM = 'a date such as "2026-12-31" or "2026-12-31T18:00Z", or null'
const DATE = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/
/** Bytes: more would make most records this long. */
const MOST_PAD = 1_048_576

/** The option `encryption`. Keys are looked up in `environment`. */
export function encryption(environment: NodeJS.ProcessEnv) {
  const key = {
    id: v.pipe(
      v.string(ID),
      v.regex(/^[\w.-]{1,32}$/, ID),
      v.description(
        'Stored beside what the key encrypts, so that it is found again. Never give it to another key.',
      ),
    ),
    key: looked(
      environment,
      KEY,
      wrongKey,
      '32 random bytes as hex or base64, or { "env": "NAME" } to keep them out of the file.',
    ),
    from: option(
      v.nullable(v.pipe(v.string(FROM), v.regex(DATE, FROM), v.check(isTime, FROM))),
      null,
      'A date (UTC) or a time from which the key encrypts; null for always. It decrypts before that too, so that every process can read what the first one writes.',
    ),
  }
  return group(
    {
      keys: option(
        v.array(group(key, 'an object with id and key'), 'a list of { "id", "key", "from" }'),
        [],
        'The first key whose from has come encrypts, and each decrypts. Put a new key first. An empty list encrypts nothing.',
      ),
      required: option(
        flag(),
        false,
        'true refuses records whose data is not encrypted. Set it once all are: without it, a program that can write to Redis can store plaintext.',
      ),
      pad: option(
        size(MOST_PAD),
        0,
        'Bytes: data is filled up to a multiple of this before it is encrypted, so that its length says less. 0 for its own length.',
      ),
    },
    'an object with keys',
  )
}

/** Never with a part of the key. */
function wrongKey(text: string): string | undefined {
  if (keyBytes(text)) return undefined
  return `it holds ${text.length} characters, and not 64 of hex or 43 to 44 of base64`
}

function isTime(text: string): boolean {
  return !Number.isNaN(Date.parse(text))
}

/** For the log at start: nothing is encrypted yet, as the options say. */
export function encryptionDoubts(
  merged: unknown,
  layers: readonly Layer[],
  now: number = Date.now(),
): Problem[] {
  const { keys } = given(given(merged).encryption)
  if (!Array.isArray(keys) || !areToCome(keys.filter(isValues), now)) return []
  const where = origin('encryption', layers)
  const message = `encryption.keys: expected one key that is active now, got dates that are all to come (${where}): sessions are stored as plaintext until then`
  return [{ option: 'encryption.keys', message }]
}

function areToCome(keys: readonly Values[], now: number): boolean {
  return keys.length > 0 && keys.every(key => since(key) > now)
}

function since({ from }: Values): number {
  return typeof from === 'string' ? Date.parse(from) : Number.NEGATIVE_INFINITY
}

/** What is wrong with `encryption` as a whole, and beside other options. `merged` may hold misfits too: they are told elsewhere. */
export function encryptionProblems(
  merged: unknown,
  layers: readonly Layer[],
  now: number = Date.now(),
): Problem[] {
  const options = given(merged)
  const { keys: all, required } = given(options.encryption)
  const keys = (Array.isArray(all) ? all : []).filter(isValues)
  const where = `(${origin('encryption', layers)})`
  const problems: Problem[] = []
  const report = (option: string, expected: string, got: string, advice: string) =>
    problems.push({ option, message: `${option}: expected ${expected}, got ${got} ${where}: ${advice}` })

  for (const [index, key] of keys.entries()) {
    const { id, from } = key
    const path = `encryption.keys.${index}`
    if (keys.findIndex(other => other.id === id) < index) {
      report(`${path}.id`, 'an id of its own', `${JSON.stringify(id)} once more`, 'rename one of the keys')
    }
    if (keys.slice(0, index).some(before => since(before) < since(key))) {
      const advice =
        'the first key that is active encrypts, so this one never would. Put it first, or leave from out'
      report(`${path}.from`, 'no later date than that of the keys before it', JSON.stringify(from), advice)
    }
  }
  const isSaid = layers.some(({ values }) => at(values, 'encryption.required') !== undefined)
  if (areToCome(keys, now) && !(isSaid && required === false)) {
    const advice =
      'no key would encrypt until then. Add the key that encrypts now, behind it, or set encryption.required to false to store plaintext until then'
    report('encryption.keys', 'one key that is active now', 'dates that are all to come', advice)
  }
  if (required === true && keys.length === 0) {
    report(
      'encryption.required',
      'false where there are no keys',
      'true',
      'no session could be read. Add a key',
    )
  }
  if (required === true && options.adopt === true) {
    const advice =
      'what is adopted is plaintext, which required refuses. Run latchkey migrate instead of adopt'
    report('encryption.required', 'false where adopt is true', 'true', advice)
  }
  if (keys.length > 0 && isValues(options.php)) {
    report('encryption.keys', 'no keys where php is given', 'a list', 'PHP could not read the sessions')
  }
  return problems
}
