import { PhpEnum, PhpFloat, type PhpKey, PhpObject, PhpSerialized, type PhpValue } from './values.ts'

/**
 * A PHP session as JSON can show it, for people and for tools that read JSON. It cannot be turned back.
 *
 * | PHP | shown as |
 * | --- | --- |
 * | an int beyond 2^53 − 1 | `"9007199254740993n"` |
 * | a string that is not UTF-8 | `"base64:/wA="` |
 * | NaN, infinity, −0 | `"NaN"`, `"Infinity"`, `"-Infinity"`, `"-0"` |
 * | an array whose keys or order an object cannot keep | `{"$map": [[key, value], …]}` |
 * | an object | `{"$class": "Shop\\Item", …}`, with its properties |
 * | an object of a class that writes itself | `{"$class": "Shop\\Item", "$data": …}` |
 * | an enum | `"Shop\\Status::Open"` |
 * | an array or object that was shown already | `"same as cart.items"`, where it was shown |
 *
 * The last one keeps the answer as short as the session is, also where it contains itself.
 */
export function readablePhp(data: unknown): unknown {
  return shown(data, '', new Map())
}

function shown(value: unknown, path: string, seen: Map<object, string>): unknown {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'number')
    return Number.isFinite(value) && !Object.is(value, -0) ? value : numberText(value)
  if (value instanceof PhpFloat) return shown(value.value, path, seen)
  if (value instanceof Uint8Array) return `base64:${Buffer.from(value).toString('base64')}`
  if (value instanceof PhpEnum) return `${value.className}::${value.case}`
  if (typeof value !== 'object' || value === null) return value
  const before = seen.get(value)
  if (before !== undefined) return `same as ${before === '' ? 'the session' : before}`
  seen.set(value, path)
  const at = (key: unknown) => (path === '' ? String(key) : `${path}.${String(key)}`)
  if (Array.isArray(value)) return value.map((each, index) => shown(each, at(index), seen))
  if (value instanceof Map) {
    const pairs = [...(value as Map<PhpKey, PhpValue>)]
    return { $map: pairs.map(([key, each]) => [shown(key, '', seen), shown(each, at(key), seen)]) }
  }
  if (value instanceof PhpSerialized) return { $class: value.className, $data: shown(value.data, '', seen) }
  if (value instanceof PhpObject) {
    const properties = value.properties.map(({ name, value: each }) => [name, each] as const)
    return object([['$class', value.className], ...properties], at, seen)
  }
  return object(Object.entries(value), at, seen)
}

/** `fromEntries`, so that a property `__proto__` is one like the others. */
function object(
  entries: readonly (readonly [unknown, unknown])[],
  at: (key: unknown) => string,
  seen: Map<object, string>,
) {
  return Object.fromEntries(entries.map(([key, each]) => [shown(key, '', seen), shown(each, at(key), seen)]))
}

function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}
