/**
 * A session's text as a tree. Each node knows its place in the text, so that what did not change is written as it was.
 *
 * NUMBERS   PHP numbers the values of a text from 1, in their order, keys and `R:` apart. `R:n` says "the same variable as n",
 *           and `r:n` "the same object as n".
 * TANGLED   A container is tangled if a reference, an object, or the target of a reference is inside it. Its text cannot be
 *           copied in one piece: numbers in it may change, or must be known.
 */
export type Kind = 'scalar' | 'float' | 'array' | 'object' | 'serialized' | 'enum' | 'R' | 'r'

export class Node {
  readonly kind: Kind
  readonly start: number
  end = 0
  readonly parent: Container | undefined
  /** What JavaScript gets. Undefined for a reference, which has the value of its target. */
  value: unknown
  /** The bytes of a Buffer as they were read. */
  raw: string | undefined
  /** Of a reference. */
  target: Node | undefined
  /** An `R:` refers to it. */
  isTarget = false

  constructor(kind: Kind, start: number, parent: Container | undefined) {
    this.kind = kind
    this.start = start
    this.parent = parent
  }
}

export interface Entry {
  /** The bytes of the key; an integer in decimal. */
  readonly id: string
  readonly isInt: boolean
  /** Where the key begins. It ends where the value begins. */
  readonly start: number
  readonly node: Node
}

/** An array, an object, or the session as a whole. */
export class Container extends Node {
  readonly entries: Entry[] = []
  /** Entries that are still to be read. */
  left = 0
  /** Where its first key is. */
  bodyStart = 0
  /** How many values it has in PHP's count, itself among them. */
  slots = 1
  /** How many containers with something in them are inside each other here, itself among them. */
  height = 0
  tangled = false
  /** A key came twice. PHP takes the later value, at the place of the first. */
  repeated = false
  /** Its own keys or values are not as they were read. */
  changed = false
  /** It or a container in it is not as it was read. */
  dirty = false
  className = ''
  #index: Map<string, number> | undefined

  add(entry: Entry): void {
    if (!this.#index && entry.isInt && entry.id === String(this.entries.length)) {
      this.entries.push(entry)
      return
    }
    this.#index ??= new Map(this.entries.map(({ id }, at) => [id, at]))
    const before = this.#index.get(entry.id)
    if (before === undefined) {
      this.#index.set(entry.id, this.entries.length)
      this.entries.push(entry)
    } else {
      this.repeated = true
      this.entries[before] = entry
    }
  }

  /** Its keys are 0 … n−1, in that order. */
  get isList(): boolean {
    return this.#index === undefined
  }

  entry(id: string): Entry | undefined {
    const entry = this.entries[this.#index ? (this.#index.get(id) ?? -1) : Number(id)]
    return entry?.id === id ? entry : undefined
  }
}

export function valueAt(node: Node): unknown {
  return node.target ? valueAt(node.target) : node.value
}

/** Of a value in this container. */
export function tangle(container: Container | undefined): void {
  for (let at = container; at && !at.tangled; at = at.parent) at.tangled = true
}
