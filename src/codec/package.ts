import { createRequire } from 'node:module'

/** A package with native code, loaded when it is first needed: where it is missing, only who asks for it is told. */
export interface Loaded<T> {
  /** Throws where the package cannot be loaded. */
  get(): T
  /** Why not, with the remedy; undefined where it can be loaded. */
  unavailable(): string | undefined
}

/** What CommonJS says about the module, by a name that a test of the imports can see. */
export const require = createRequire(import.meta.url)

export function lazily<T>(name: string, load: () => T): Loaded<T> {
  let state: { loaded: T } | { failed: unknown } | undefined
  const tried = () => {
    try {
      state ??= { loaded: load() }
    } catch (error) {
      // Loading it again for each session would look for its file each time.
      state = { failed: error }
    }
    return state
  }
  const sentence = (error: unknown) =>
    `${name} cannot be loaded here: run "npm install ${name}" on this very platform, or choose another compression (${firstLine(error)})`
  return {
    get() {
      const now = tried()
      if ('loaded' in now) return now.loaded
      throw new Error(sentence(now.failed), { cause: now.failed })
    },
    unavailable() {
      const now = tried()
      return 'loaded' in now ? undefined : sentence(now.failed)
    },
  }
}

function firstLine(error: unknown): string {
  const text = (error as Error | undefined)?.message ?? String(error)
  return text.split('\n')[0] ?? ''
}
