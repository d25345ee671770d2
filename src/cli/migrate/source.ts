/** One session of another store. */
export interface Foreign {
  readonly id: string
  /** As JSON; undefined where it cannot be read. */
  readonly json: string | undefined
  /** Milliseconds to live; undefined where the store does not say. */
  readonly ttl: number | undefined
}

/** express-session keeps the end of a session in its cookie. */
export function ttlOf(data: unknown): number | undefined {
  const { expires } = ((data as { cookie?: unknown } | null)?.cookie ?? {}) as { expires?: unknown }
  const at = typeof expires === 'string' ? Date.parse(expires) : Number.NaN
  return Number.isNaN(at) ? undefined : at - Date.now()
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
