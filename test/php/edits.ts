import { Container, type Node } from '../../src/php/nodes.ts'
import { rawOf } from '../../src/php/scalars.ts'
import type { ReadSession } from '../../src/php/session-text.ts'
import type { PhpKey } from '../../src/php/values.ts'
import type { PhpEdit } from '../support/php-sessions.ts'

/** The same change for Node and for PHP. */
export interface Edit {
  path: PhpKey[]
  set?: unknown
  php: PhpEdit
}

const VALUES = [
  0, 7, -3, 1.5, true, false, null, '', 'x', 'Zoë €', '5', 'a|b;"}', [], [1, 2], ['a', [3]], { a: 1, b: { c: [] } }, { k: 2.25 },
] // biome-ignore format: a list

/**
 * Changes that mean the same in both languages. An assignment to a variable of two names changes both in PHP, and one in
 * JavaScript: there is none here.
 */
export function editsFor(read: ReadSession, random: () => number): Edit[] {
  const pick = <T>(from: readonly T[]): T | undefined => from[random() % Math.max(from.length, 1)]
  const place = pick(placesIn(read))
  if (!place) return []
  const { path, container, value } = place
  const keys = keysOf(value).filter(key => !isShared(container, key))
  const kind = random() % 3
  const at = pick(keys)
  if (kind === 0 && at !== undefined) return [{ path: [...path, at], php: { path: [...path, at].map(raw) } }]
  const isNew = kind === 1 || at === undefined
  const key = isNew ? (Array.isArray(value) ? value.length : `new${random() % 1000}`) : at
  const isFloat = container?.entry(raw(key))?.node.kind === 'float'
  const chosen = structuredClone(pick(VALUES))
  // A whole number in the place of a float stays a float, and PHP would make an integer of it.
  const set = isFloat && Number.isInteger(chosen) ? 2.5 : chosen
  return [{ path: [...path, key], set, php: { path: [...path, key].map(raw), set } }]
}

export function edit(data: unknown, { path, set, php }: Edit): void {
  const container = path.slice(0, -1).reduce<unknown>(inside, data) as Record<string, unknown>
  const key = path.at(-1) as PhpKey
  if (container instanceof Map) {
    if ('set' in php) container.set(key, structuredClone(set))
    else container.delete(key)
  } else if ('set' in php) container[String(key)] = structuredClone(set)
  else delete container[String(key)]
}

interface Place {
  path: PhpKey[]
  container: Container | undefined
  value: object
}

/** Arrays that Node can reach without going through an object. */
function placesIn({ data, root, nodes }: ReadSession): Place[] {
  const places: Place[] = [{ path: [], container: root, value: data }]
  const seen = new Set<object>()
  for (const { path, value } of places) {
    for (const key of keysOf(value)) {
      const each = inside(value, key)
      const node = nodes.get(each)
      const isArray = node instanceof Container && node.kind === 'array'
      if (!isArray || seen.has(each as object) || typeof key === 'object' || places.length > 60) continue
      seen.add(each as object)
      places.push({ path: [...path, key], container: node, value: each as object })
    }
  }
  return places
}

function isShared(container: Container | undefined, key: PhpKey): boolean {
  const node: Node | undefined = container?.entry(raw(key))?.node
  return node?.isTarget === true || node?.kind === 'R'
}

function keysOf(value: object): PhpKey[] {
  return value instanceof Map ? [...value.keys()].filter(key => typeof key !== 'object') : Object.keys(value)
}

function inside(value: unknown, key: PhpKey): unknown {
  return value instanceof Map ? value.get(key) : (value as Record<string, unknown>)[String(key)]
}

function raw(key: PhpKey): string {
  return typeof key === 'string' || key instanceof Uint8Array ? rawOf(key) : String(key)
}
