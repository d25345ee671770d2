import * as v from 'valibot'

// What an option can be. A message completes the sentence "<option> must be …".

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
  return v.strictObject(entries, issue => (issue.path === undefined ? expected : 'given'))
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

export function timer(above?: number) {
  return seconds(DAY, above)
}

export function lasting(above?: number) {
  return seconds(AGE, above)
}

function seconds(max: number, above?: number) {
  const expected = `a number of seconds${above === undefined ? ', 0 or more' : ` above ${above}`}`
  const bound =
    above === undefined
      ? v.minValue<number, 0, string>(0, expected)
      : v.gtValue<number, number, string>(above, expected)
  return v.pipe(v.number(expected), bound, v.maxValue(max, `a number of seconds of at most ${max}`))
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
