import type { Data } from '../codec/json.ts'
import { type Container, type Entry, type Node, valueAt } from './nodes.ts'
import { intOf, nameOf, stringOf } from './scalars.ts'
import { type PhpKey, PhpObject, type PhpProperty, type PhpValue } from './values.ts'

type Filled = PhpValue[] | Map<PhpKey, PhpValue> | PhpObject | Record<string, PhpValue>

/**
 * Gives every node its value in JavaScript. An `R:` to an array and an `r:` are the same JavaScript object as their target, so
 * that a change through one is seen through the other, as in PHP.
 *
 * @param root the session
 * @param containers all others
 * @param nodes gets the node of each array and object
 */
export function toJavaScript(
  root: Container,
  containers: readonly Container[],
  nodes: Map<unknown, Node>,
): Data {
  const data: Data = {}
  root.value = data
  nodes.set(data, root)
  // A reference may lead to an array that is not complete yet: first all of them are made, and then filled.
  for (const container of containers) {
    container.value = emptyOf(container)
    nodes.set(container.value, container)
  }
  for (const container of containers) fill(container.value as Filled, container)
  for (const { id, node } of root.entries) if (isVisible(id)) data[String(stringOf(id))] = valueAt(node)
  return data
}

/** What cannot be a property of `session.data`: its text is carried along. */
export function isVisible(id: string): boolean {
  return id !== '__proto__' && typeof stringOf(id) === 'string'
}

export function keyOf({ id, isInt }: Pick<Entry, 'id' | 'isInt'>): PhpKey {
  return isInt ? intOf(id) : stringOf(id)
}

function emptyOf(container: Container): Filled {
  if (container.kind === 'object') return new PhpObject(container.className, [])
  if (container.isList) return []
  return fitsObject(container.entries) ? {} : new Map()
}

/**
 * Objects have array indices first, in ascending order. And they are merged into others without care: a key that would reach
 * a prototype there is only in a Map.
 */
function fitsObject(entries: readonly Entry[]): boolean {
  let last = -1
  let indices = true
  for (const { id, isInt } of entries) {
    if (isInt && isIndex(id)) {
      if (!indices || Number(id) < last) return false
      last = Number(id)
    } else {
      indices = false
      if (!isInt && (id === 'prototype' || !isVisible(id))) return false
    }
  }
  return true
}

function isIndex(id: string): boolean {
  return id[0] !== '-' && Number(id) < 2 ** 32 - 1
}

function fill(value: Filled, { entries }: Container): void {
  if (value instanceof PhpObject) {
    Object.assign(value, { properties: Object.freeze(entries.map(propertyOf)) })
    Object.freeze(value)
  } else if (Array.isArray(value)) {
    for (const { node } of entries) value.push(valueAt(node) as PhpValue)
  } else if (value instanceof Map) {
    for (const entry of entries) value.set(keyOf(entry), valueAt(entry.node) as PhpValue)
  } else {
    for (const { id, node } of entries) value[String(stringOf(id))] = valueAt(node) as PhpValue
  }
}

/** PHP writes `\0*\0name` for a protected property, and `\0Class\0name` for a private one. */
function propertyOf(entry: Entry): PhpProperty {
  const value = valueAt(entry.node) as PhpValue
  const [, declaredBy, name] = /^\0([^\0]+)\0(.*)$/s.exec(entry.id) ?? []
  if (declaredBy === undefined || name === undefined) {
    return Object.freeze({ name: keyOf(entry), visibility: 'public', value })
  }
  if (declaredBy === '*') return Object.freeze({ name: stringOf(name), visibility: 'protected', value })
  return Object.freeze({ name: stringOf(name), visibility: 'private', declaredBy: nameOf(declaredBy), value })
}
