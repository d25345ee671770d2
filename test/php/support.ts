import type { SerializeHandler } from '../../src/php/serialize-handlers.ts'
import { readSession, writeSession } from '../../src/php/session-text.ts'

// biome-ignore lint/suspicious/noExplicitAny: session data as an application uses it
export type Any = any

/** What becomes of a text of the handler `php` that is changed like this. */
export function changed(
  text: string,
  change: (data: Any) => void,
  handler: SerializeHandler = 'php',
): string {
  const read = readSession(handler, text)
  change(read.data)
  return writeSession(handler, read.data, read)
}

export const read = (text: string, handler: SerializeHandler = 'php'): Any => readSession(handler, text).data
export const write = (data: Any, handler: SerializeHandler = 'php') => writeSession(handler, data)
