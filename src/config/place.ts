import { given, type Layer, type Values } from './layer.ts'
import type { Problem } from './option-error.ts'

/** The ways to say where Redis is. One layer uses one of them. */
const PLACES = [['url'], ['path'], ['host', 'port'], ['sentinel'], ['cluster']] as const

type Place = (typeof PLACES)[number]

/**
 * `redis` of all layers. The last layer that names a place wins: what the ones before said of other kinds of place is
 * forgotten, so that no half of it is left over.
 */
export function mergeRedis(layers: readonly Layer[], defaults: Values): Values {
  return layers.reduce<Values>((merged, { values }) => {
    const redis = given(values.redis)
    const [place] = placesIn(redis, defaults)
    const other: readonly string[] = place === undefined ? [] : PLACES.filter(one => one !== place).flat()
    return Object.fromEntries(
      [...Object.entries(merged), ...Object.entries(redis)].filter(([key]) => !other.includes(key)),
    )
  }, {})
}

export function placeProblems({ values, source }: Layer, defaults: Values): Problem[] {
  const redis = given(values.redis)
  const keys = placesIn(redis, defaults).map(place => place.find(key => says(redis, key)))
  if (keys.length < 2) return []
  const list = keys.map(key => `redis.${key} (${source(`redis.${key}`)})`).join(' and ')
  return [{ option: `redis.${keys[0]}`, message: `redis: expected one place of Redis, got ${list}` }]
}

function placesIn(redis: Values, defaults: Values): Place[] {
  const named = PLACES.filter(place => place.some(key => says(redis, key)))
  if (named.length < 2) return named
  // Beside another place a default says nothing: a file may list every option.
  return named.filter(place => place.some(key => says(redis, key) && redis[key] !== defaults[key]))
}

function says(redis: Values, key: string): boolean {
  return redis[key] !== undefined && redis[key] !== null
}
