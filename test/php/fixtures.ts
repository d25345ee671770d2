import { readFileSync } from 'node:fs'
import { inflateSync } from 'node:zlib'
import type { SerializeHandler } from '../../src/php/serialize-handlers.ts'

/** A value as the header of the fixtures describes it. */
export type Model = null | boolean | string | { [key: string]: unknown }

export interface Fixture {
  handler: SerializeHandler
  name: string
  /** One character a byte. */
  text: string
  value: Model
  /** PHP writes the same bytes from what it read. */
  again: boolean
}

interface Stored {
  handler: SerializeHandler
  name: string
  text?: string | null
  textGz?: string
  value: Model
  again: boolean
  encode?: 'refused'
}

const { entries } = JSON.parse(
  readFileSync(new URL('../fixtures/php-sessions.json', import.meta.url), 'utf8'),
) as { entries: Stored[] }

/** What PHP wrote. */
export const WRITTEN: Fixture[] = entries.flatMap(({ text, textGz, ...entry }) => {
  const bytes = (base64: string) => Buffer.from(base64, 'base64')
  const stored = textGz ? inflateSync(bytes(textGz)) : text ? bytes(text) : undefined
  return stored ? [{ ...entry, text: stored.toString('latin1') }] : []
})

/** What PHP refused to write. */
export const REFUSED: { handler: SerializeHandler; name: string }[] = entries.filter(
  ({ encode }) => encode === 'refused',
)

export function fixture(handler: SerializeHandler, name: string): Fixture {
  const found = WRITTEN.find(each => each.handler === handler && each.name === name)
  if (!found) throw new Error(`there is no fixture ${name} of ${handler}`)
  return found
}
