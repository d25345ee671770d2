import * as v from 'valibot'
import { foreignAdvice } from './foreign-names.ts'
import { at, isValues, type Layer, shown } from './layer.ts'
import { nearest } from './nearest.ts'
import type { Problem } from './option-error.ts'
import type { OptionsSchema } from './options.ts'
import { namesOf, unwrap } from './schema-walk.ts'

/** All that is wrong with one layer by itself. */
export function problemsOf(schema: OptionsSchema, layer: Layer): Problem[] {
  const { issues = [] } = v.safeParse(schema, layer.values, { abortPipeEarly: true })
  return [
    ...layer.problems,
    ...strangers(schema, layer.values, { layer, names: namesOf(schema) }),
    ...issues
      .flatMap(issue => misfits(issue))
      .map(({ option, issue }) => misfit(option, issue.message, got(option, issue, layer), layer)),
  ]
}

type Path = readonly string[]

/** Names that no schema knows, of which valibot tells the first only, and what it would take for an object. */
function strangers(
  schema: v.GenericSchema,
  value: unknown,
  at: { layer: Layer; names: string[] },
  path: Path = [],
): Problem[] {
  const { entries, item } = unwrap(schema)
  if (item !== undefined && Array.isArray(value)) {
    return value.flatMap((one, index) => strangers(item, one, at, [...path, String(index)]))
  }
  if (entries === undefined || typeof value !== 'object' || value === null) return []
  if (!isValues(value)) return [misfit(path.join('.'), 'a plain object', { text: shown(value) }, at.layer)]
  return Object.entries(value).flatMap(([key, inside]) => {
    const entry = Object.hasOwn(entries, key) ? entries[key] : undefined
    if (entry !== undefined) return strangers(entry, inside, at, [...path, key])
    return path.length === 0 && key === '$schema' ? [] : [stranger([...path, key], at.names, at.layer)]
  })
}

function stranger(path: Path, names: readonly string[], layer: Layer): Problem {
  const option = path.map(key => (/^[\w$-]{1,60}$/.test(key) ? key : shown(key))).join('.')
  const meant = nearest(path.filter(key => !/^\d+$/.test(key)).join('.'), names)
  const advice = foreignAdvice(path.join('.')) ?? (meant === undefined ? undefined : `did you mean ${meant}?`)
  const hint = advice === undefined ? '' : `: ${advice}`
  return { option, message: `${option} is not an option${hint} (in ${layer.source(option)})` }
}

interface Misfit {
  option: string
  issue: v.BaseIssue<unknown>
}

function misfits(issue: v.BaseIssue<unknown>, parents: Path = []): Misfit[] {
  const path = [...parents, ...(issue.path ?? []).map(({ key }) => String(key))]
  // A union reports all its branches: the one that looked inside the value knows best.
  const inside = (issue.issues ?? []).filter(({ path }) => path !== undefined)
  if (inside.length > 0) return inside.flatMap(sub => misfits(sub, path))
  return issue.type === 'strict_object' && issue.expected === 'never'
    ? []
    : [{ option: path.join('.'), issue }]
}

interface Got {
  text: string
  /** What to do about it. */
  advice?: string
}

function misfit(option: string, expected: string, { text, advice }: Got, layer: Layer): Problem {
  const message = `${option}: expected ${expected}, got ${text} (${layer.source(option)})`
  return { option, message: advice === undefined ? message : `${message}: ${advice}` }
}

/** What stands here may be a credential or hold one, even if it was put in the wrong place. */
const PRIVATE =
  /(^redis|^users|^encryption(\.keys(\.\d+)?)?|\.(url|username|password|secret|env|tls|ca|cert|key|sentinel|cluster))$/

function got(option: string, { type, input, received }: v.BaseIssue<unknown>, layer: Layer): Got {
  // The schema itself says what is odd about the value.
  if (type === 'raw_check') return { text: shown(input), advice: received }
  if (type === 'raw_transform' && isValues(input)) {
    return { text: `{ "env": ${shown(input.env)} }`, advice: received }
  }
  if (option === 'store' && typeof input === 'object' && input !== null) {
    return { text: shown(input), advice: OWN_STORE }
  }
  if (option === 'redis.url' && typeof input === 'string' && HOST_AND_PORT.test(input)) {
    return { text: shown(input), advice: `did you mean ${shown(`redis://${input}`)}?` }
  }
  return { text: shownUnlessPrivate(option, input, layer) }
}

function shownUnlessPrivate(option: string, input: unknown, layer: Layer): string {
  if (!PRIVATE.test(option) || input === '') {
    // A duration or a size as it was written, and not the number that it stands for.
    const written = at(layer.values, option)
    return shown(typeof written === 'string' ? written : input)
  }
  if (typeof input !== 'string') return typeof input === 'number' ? 'a number' : shown(input)
  const scheme = option === 'redis.url' ? /^[a-z]+:\/\//i.exec(input)?.[0] : undefined
  if (scheme !== undefined) return `"${scheme}…"`
  if (option === 'redis.url' && /[:@]/.test(input)) return 'a text without "redis://" in front'
  return input.startsWith('{') ? 'a text that is not JSON' : 'a text'
}

const OWN_STORE = 'pass a store of your own in the second argument, createSessions(options, { store })'
/** An address that is certainly no password: a host as such names are, or any with a usual port of Redis. */
const HOST_AND_PORT = /^((localhost|[\w-]+(\.[\w-]+)+|\[[\da-f:]+\]):\d{1,5}|[\w-]+:63[78]\d)(\/\d*)?$/i
