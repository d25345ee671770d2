import { isOpaque } from '../../src/php/values.ts'

/** Other arrays with the same content, as an application makes them that does not change in place. */
export function copyOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || isOpaque(value)) return value
  if (Buffer.isBuffer(value)) return Buffer.from(value)
  if (Array.isArray(value)) return value.map(copyOf)
  if (value instanceof Map) return new Map([...value].map(([key, each]) => [key, copyOf(each)]))
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, copyOf(each)]))
}
