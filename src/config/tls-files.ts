import { readFileSync } from 'node:fs'
import { at, given, type Layer, origin } from './layer.ts'
import type { Problem } from './option-error.ts'

const FILES = ['redis.tls', 'redis.sentinel.tls'].flatMap(tls =>
  ['ca', 'cert', 'key'].map(file => `${tls}.${file}`),
)

/** The files with certificates and keys that the options name and that cannot be read. */
export function unreadableTlsFiles(options: unknown, layers: readonly Layer[]): Problem[] {
  if (given(options).store === 'memory') return []
  return FILES.flatMap(option => {
    const path = at(options, option)
    const why = typeof path === 'string' ? whyUnreadable(path) : undefined
    if (why === undefined) return []
    const named = looksLikePath(String(path)) ? JSON.stringify(path) : 'a text'
    return [
      {
        option,
        message: `${option}: expected a readable file, got ${named} (${origin(option, layers)}): ${why}`,
      },
    ]
  })
}

function whyUnreadable(path: string): string | undefined {
  try {
    readFileSync(path)
    return undefined
  } catch (error) {
    // Node adds the path after a comma.
    return (error as Error).message.split(',')[0]
  }
}

/** A secret that was put here by mistake must not be repeated. */
function looksLikePath(text: string): boolean {
  return text.length <= 200 && /^(\.{0,2}|~|[A-Za-z]:)[\\/]|\.\w{2,4}$/.test(text) && !text.includes('//')
}
