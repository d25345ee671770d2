import * as v from 'valibot'
import { foreignAdvice } from './foreign-names.ts'
import { isValues, type Layer } from './layer.ts'
import { nearest } from './nearest.ts'
import type { OptionsSchema } from './options.ts'
import { unwrap } from './schema-walk.ts'

const PREFIX = 'LATCHKEY_'
export const CONFIG = `${PREFIX}CONFIG`

/**
 * LATCHKEY_BREAK_AFTER is breakAfter, LATCHKEY_REDIS_PORT is redis.port. REDIS_URL stands in for LATCHKEY_REDIS_URL, in
 * a layer of its own: hosting platforms set it unasked, so any place named on purpose wins.
 */
export function environmentLayers(schema: OptionsSchema, environment: NodeJS.ProcessEnv): [Layer, Layer] {
  const { redis, ...flat } = schema.entries
  const redisEntries = unwrap(redis).entries ?? {}
  const url = environment[variable('redis.url')] === undefined ? environment.REDIS_URL : undefined
  const options = [...Object.keys(flat), ...Object.keys(redisEntries).map(key => `redis.${key}`)]
  return [
    { values: { redis: { url } }, source: () => 'REDIS_URL', problems: [] },
    {
      values: { ...read(flat, '', environment), redis: read(redisEntries, 'redis.', environment) },
      // An object comes from one variable as a whole: redis.sentinel.name from LATCHKEY_REDIS_SENTINEL.
      source: option => variable(/^(redis\.)?[^.]+/.exec(option)?.[0] ?? option),
      problems: strangers(environment, options),
    },
  ]
}

function variable(option: string): string {
  return `${PREFIX}${option.replace('.', '_').replace(/[A-Z]/g, '_$&').toUpperCase()}`
}

function strangers(environment: NodeJS.ProcessEnv, options: readonly string[]): Layer['problems'] {
  const known = [CONFIG, ...options.map(variable)]
  return Object.keys(environment)
    .filter(name => name.startsWith(PREFIX) && !known.includes(name))
    .map(name => {
      const bare = name.slice(PREFIX.length)
      const meant = nearest(bare, ['config', ...options])
      const advice =
        foreignAdvice(bare, variable) ??
        (meant === undefined ? undefined : `did you mean ${variable(meant)}?`)
      return { option: null, message: `${name} is not an option${advice === undefined ? '' : `: ${advice}`}` }
    })
}

function read(
  entries: Readonly<Record<string, v.GenericSchema>>,
  group: string,
  environment: NodeJS.ProcessEnv,
) {
  const said = Object.entries(entries).map(([key, schema]) => {
    const text = environment[variable(group + key)]
    return [key, text === undefined ? undefined : parse(schema, text)]
  })
  return Object.fromEntries(said)
}

const FLAGS = new Map([
  ['1', true],
  ['0', false],
])

/** The first reading of `text` that the option accepts, so that a password may be 12345; else what explains the refusal best. */
function parse(schema: v.GenericSchema, text: string): unknown {
  const json = parseJson(text)
  // Not a text even where one would do: { "env": "NAME" } must not become a password when NAME is not set.
  if (isValues(json)) return json
  const readings = [json, FLAGS.get(text), text].filter(
    reading => reading !== undefined && v.is(schema, reading),
  )
  if (readings.length > 0) return readings[0]
  return typeof json === 'number' ? json : text
}

/** A text in JSON's quotes is none of ours: the quotes belong to it. */
function parseJson(text: string): unknown {
  try {
    const json: unknown = JSON.parse(text)
    return typeof json === 'string' ? undefined : json
  } catch {
    return undefined
  }
}
