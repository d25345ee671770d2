/** What careless applications do with session data: a key `__proto__` in it changes every object. */
export function merge(
  target: Record<string, unknown>,
  from: Record<string, unknown>,
): Record<string, unknown> {
  for (const key in from) {
    const value = from[key]
    if (typeof value === 'object' && value !== null) {
      target[key] = merge((target[key] ?? {}) as Record<string, unknown>, value as Record<string, unknown>)
    } else target[key] = value
  }
  return target
}
