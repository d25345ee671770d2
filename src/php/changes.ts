import { type Container, type Node, valueAt } from './nodes.ts'
import { rawOf, stringOf } from './scalars.ts'
import { isVisible } from './to-javascript.ts'
import { type PhpKey, PhpObject } from './values.ts'

/** Marks the containers that are not as they were read. @returns whether the session is not */
export function markChanges(root: Container, data: object, containers: readonly Container[]) {
  // Those in a container come after it: backwards, they are known before it.
  for (const container of containers.toReversed()) {
    container.changed = isChanged(container)
    container.dirty = container.changed || container.entries.some(({ node }) => isDirty(node))
  }
  root.changed = isRootChanged(root, data as Record<string, unknown>)
  // Any of them: an array may be read through a reference only, where its own name came twice.
  root.dirty = root.changed || containers.some(({ dirty }) => dirty)
  return root.dirty
}

/** Whether this is the value that was read there. */
export function isSame(value: unknown, node: Node): boolean {
  const { raw } = node.target ?? node
  // The bytes of a Buffer may have been changed in place.
  return raw === undefined
    ? Object.is(value, valueAt(node))
    : value instanceof Uint8Array && rawOf(value) === raw
}

function isDirty(node: Node): boolean {
  return 'dirty' in node && node.dirty === true
}

function isChanged({ value, entries }: Container): boolean {
  if (value instanceof PhpObject) return false
  if (Array.isArray(value)) {
    if (value.length !== entries.length || Object.keys(value).length !== entries.length) return true
    return entries.some(({ node }, at) => !isSame(value[at], node))
  }
  if (value instanceof Map) {
    if (value.size !== entries.length) return true
    const now = (value as Map<PhpKey, unknown>).entries()
    return entries.some(({ id, node }) => {
      const [key, each] = now.next().value ?? []
      return key === undefined || idOf(key) !== id || !isSame(each, node)
    })
  }
  const object = value as Record<string, unknown>
  const keys = Object.keys(object)
  if (keys.length !== entries.length) return true
  return entries.some(
    ({ id, node }, at) => keys[at] !== stringOf(id) || !isSame(object[keys[at] ?? ''], node),
  )
}

/** The order of the variables is that of the text, whatever that of the properties is. */
function isRootChanged({ entries }: Container, data: Record<string, unknown>): boolean {
  const visible = entries.filter(({ id }) => isVisible(id))
  if (Object.keys(data).length !== visible.length) return true
  return visible.some(({ id, node }) => {
    const name = String(stringOf(id))
    return !Object.hasOwn(data, name) || !isSame(data[name], node)
  })
}

/** The bytes of a key: integers in decimal. */
export function idOf(key: PhpKey): string {
  return typeof key === 'string' || key instanceof Uint8Array ? rawOf(key) : String(key)
}
