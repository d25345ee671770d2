import * as v from 'valibot'
import { milliseconds, type Scale } from './milliseconds.ts'
import { bytesOf, DURATION, type Duration, SIZE, type Size, secondsOf } from './units.ts'

// What an option can be. A message completes the sentence "<option>: expected …".

export const HOST = 'a host name or an address'
const TLS = 'true, false or an object'
/** Seconds in a day: timers of Node end at 24.8 days, and fire at once beyond. */
const DAY = 86_400
/** Seconds, 31 years: in milliseconds still an exact integer, here and in Redis. */
const AGE = 1_000_000_000

export function option<const S extends v.GenericSchema, const D extends v.InferInput<S>>(
  schema: S,
  fallback: D,
  description: string,
) {
  return v.optional(v.pipe(schema, v.description(description)), fallback)
}

export function group<E extends v.ObjectEntries>(entries: E, expected: string) {
  return v.strictObject(entries, issue => (issue.path === undefined ? expected : 'a value'))
}

export function file() {
  const expected = 'the path of a file, or null'
  // Not what the file holds: a pasted key would come out in the message of the failed read.
  return v.nullable(v.pipe(v.string(expected), v.regex(/^[^\r\n]+$/, expected)))
}

export function text(expected: string) {
  return v.pipe(v.string(expected), v.nonEmpty(expected))
}

export function flag() {
  return v.boolean('true or false')
}

export function oneOf<const N extends readonly string[]>(...names: N) {
  return v.picklist(names, `one of ${names.map(name => `"${name}"`).join(', ')}`)
}

export function whole(min: number, max: number, orNull = '') {
  const expected = `a whole number from ${min} to ${max}${orNull}`
  return v.pipe(v.number(expected), v.integer(expected), v.minValue(min, expected), v.maxValue(max, expected))
}

const A_SIZE = 'A number with its unit: "512b", "2kb" or "1mb".'
const A_DURATION = 'A number with its unit: "500ms", "30s", "15m", "8h", "1d" or "2w".'

/** Bytes, or a size such as "2kb". */
export function size(max: number) {
  const expected = `a whole number of bytes from 0 to ${max}, or a size such as "2kb"`
  const number = v.pipe(
    v.number(expected),
    v.integer(expected),
    v.minValue(0, expected),
    v.maxValue(max, expected),
  )
  const text = v.pipe(
    v.string(expected),
    v.regex(SIZE, expected),
    v.description(A_SIZE),
    v.transform(bytesOf),
    v.maxValue(max, expected),
  )
  return v.union([number, text as v.GenericSchema<Size, number>], expected)
}

/** Seconds that Redis may take. */
export function commandTimer() {
  return seconds('command', DAY, { above: 0 })
}

/** Seconds that something waits. */
export function timer(bounds?: Bounds) {
  return seconds('wait', DAY, bounds)
}

/** Seconds that a session lives. */
export function lasting(bounds?: Bounds) {
  return seconds('life', AGE, bounds)
}

interface Bounds {
  above?: 0
  atLeast?: 1
}

/** Seconds, or a duration such as "30s". */
function seconds(scale: Scale, max: number, { above, atLeast }: Bounds = {}) {
  const expected = `a number of seconds${above === undefined ? ', 0 or more' : ' above 0'}, or a duration such as "30s"`
  const low =
    atLeast !== undefined
      ? v.minValue<number, number, string>(atLeast, `at least ${atLeast} second`)
      : above === undefined
        ? v.minValue<number, number, string>(0, expected)
        : v.gtValue<number, number, string>(above, expected)
  const high = v.maxValue<number, number, string>(max, `at most ${max} seconds`)
  const looks = v.rawCheck<number>(({ dataset, addIssue }) => {
    const received = dataset.typed ? milliseconds(dataset.value, scale, max) : undefined
    if (received !== undefined) addIssue({ message: 'seconds', received })
  })
  const number = v.pipe(v.number(expected), looks, low, high)
  const text = v.pipe(
    v.string(expected),
    v.regex(DURATION, expected),
    v.description(A_DURATION),
    v.transform(secondsOf),
    low,
    high,
  )
  return v.union([number, text as v.GenericSchema<Duration, number>], expected)
}

export function tls() {
  const own = {
    ca: option(file(), null, 'File with the certificates of the authorities, PEM.'),
    cert: option(file(), null, "File with this client's certificate, PEM."),
    key: option(file(), null, "File with this client's key, PEM."),
    servername: option(v.nullable(text('a host name, or null')), null, 'Name to expect; null for the host.'),
    rejectUnauthorized: option(flag(), true, 'false accepts any certificate: for tests only.'),
  }
  return v.union([flag(), group(own, TLS)], TLS)
}

export function nodes(description: string) {
  const expected = 'a list of one or more { "host", "port" }'
  const node = group({ host: text(HOST), port: whole(1, 65_535) }, 'an object with host and port')
  return v.pipe(v.array(node, expected), v.minLength(1, expected), v.description(description))
}
