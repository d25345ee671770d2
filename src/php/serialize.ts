import { idOf, isSame } from './changes.ts'
import { Container, type Node, valueAt } from './nodes.ts'
import { isScalar, keyText, scalarText } from './scalars.ts'
import { MAX_DEPTH } from './unserialize.ts'
import { isOpaque, type PhpKey, PhpObject } from './values.ts'

/** One value to be written, and where it was read. */
export interface Item {
  /** The key as it is written. */
  keyText: string
  /** For messages. */
  name: string
  value: unknown
  place: Node | undefined
}

interface Frame {
  container: object
  items: Item[]
  next: number
  /** What ends it. */
  end: string
}

/**
 * Writes values as PHP's `serialize` does.
 *
 * ALGORITHM  The values of JavaScript are walked beside the nodes that they were read from. What is as it was read is copied
 *            from the text; a container that changed is written anew around those parts. References get the numbers that their
 *            targets have now. A reference whose target is gone is written as the value.
 * PROMISES   1. What did not change is written byte for byte as it was, the numbers of references apart.
 *            2. A value that PHP could not read again is refused by an error that names it.
 *            3. It does not recurse.
 */
export class Serializer {
  /** What was written so far. */
  out = ''
  readonly #text: string
  readonly #nodes: ReadonlyMap<unknown, Node>
  /** The number of the value that was written last. */
  #number = 0
  /** How deep the session itself is: PHP counts it where it is an array. */
  #base = 0
  /** The numbers of variables, for `R:`, and of objects, for `r:`. */
  readonly #variables = new Map<Node, number>()
  readonly #objects = new Map<object, number>()
  readonly #frames: Frame[] = []
  readonly #open = new Set<object>()

  /** @param read what was read before: its text, and the nodes of the values in it */
  constructor({ text, nodes }: { text: string; nodes: ReadonlyMap<unknown, Node> }) {
    this.#text = text
    this.#nodes = nodes
  }

  /** For `php_serialize`, where the session is a value as well. */
  countRoot(root: Node | undefined): void {
    this.#base = 1
    this.#number = 1
    if (root) this.#variables.set(root, 1)
  }

  /** @param container what the items are of */
  write(container: object, items: Item[]): void {
    this.#enter({ container, items, next: 0, end: '' })
    for (let frame = this.#frames.at(-1); frame; frame = this.#frames.at(-1)) {
      const item = frame.items[frame.next]
      if (item) {
        frame.next += 1
        this.out += item.keyText
        this.#value(item)
      } else {
        this.out += frame.end
        this.#open.delete(frame.container)
        this.#frames.pop()
      }
    }
  }

  #value({ value, place }: Item): void {
    const variable = place?.kind === 'R' ? place.target : place
    const same = variable !== undefined && isSame(value, variable)
    const own = this.#nodes.get(value)
    // An array that was read as a variable of several names stays one, wherever it is put.
    const shared =
      same && variable.isTarget ? variable : own?.kind === 'array' && own.isTarget ? own : undefined
    const before = shared && this.#variables.get(shared)
    if (before !== undefined) {
      this.out += `R:${before};`
      return
    }
    this.#number += 1
    if (shared) this.#variables.set(shared, this.#number)
    if (isScalar(value)) {
      const isText = same && (variable.kind === 'scalar' || variable.kind === 'float')
      this.out += isText
        ? this.#slice(variable)
        : this.#naming(() => scalarText(value, variable?.kind === 'float'))
    } else if (isOpaque(value)) this.#object(value, own)
    else this.#array(value as object, own ?? variable)
  }

  #object(value: object, node: Node | undefined): void {
    if (!node) throw this.#refused('an object of a PHP class that was not read from this session')
    const before = this.#objects.get(value)
    if (before !== undefined) {
      this.out += `r:${before};`
      return
    }
    this.#objects.set(value, this.#number)
    if (node instanceof Container) this.#container(value, node)
    else this.out += this.#slice(node)
  }

  #array(value: object, origin: Node | undefined): void {
    if (this.#open.has(value)) throw this.#refused('an array that contains itself')
    this.#container(value, origin instanceof Container && origin.kind === 'array' ? origin : undefined)
  }

  /** @param origin what it, or what was in its place, was read from */
  #container(value: object, origin: Container | undefined): void {
    const isItself = origin !== undefined && origin.value === value
    if (isItself && !origin.dirty && !origin.tangled) {
      this.#checkDepth(origin.height)
      this.out += this.#slice(origin)
      this.#number += origin.slots - 1
      return
    }
    const items = value instanceof PhpObject ? this.#asRead(origin) : this.#items(value, origin)
    const isHeadKept = isItself && !origin.changed && !origin.repeated
    if (isHeadKept) this.out += this.#text.slice(origin.start, origin.bodyStart)
    else if (value instanceof PhpObject) this.out += this.#objectHead(origin, items.length)
    else this.out += `a:${items.length}:{`
    if (items.length > 0) this.#checkDepth(1)
    this.#enter({ container: value, items, next: 0, end: '}' })
  }

  #items(value: object, origin: Container | undefined): Item[] {
    const items: Item[] = []
    for (const [key, each] of entriesOf(value)) {
      const item = this.#naming(() => plain(each, String(key)), String(key))
      if (item === undefined && !Array.isArray(value)) continue
      const id = idOf(key)
      const entry = origin?.entry(id)
      items.push({
        keyText: entry ? this.#text.slice(entry.start, entry.node.start) : keyText(id),
        name: String(key),
        value: item ?? null,
        place: entry?.node,
      })
    }
    return items
  }

  /** The properties of an object: only what is in them may have changed. */
  #asRead(origin: Container | undefined): Item[] {
    return (origin?.entries ?? []).map(({ id, start, node }) => ({
      keyText: this.#text.slice(start, node.start),
      name: id,
      value: valueAt(node),
      place: node,
    }))
  }

  #objectHead(origin: Container | undefined, count: number): string {
    const head = this.#text.slice(origin?.start, origin?.bodyStart)
    return head.replace(/\d+:\{$/, `${count}:{`)
  }

  #slice(node: Node): string {
    return this.#text.slice(node.start, node.end)
  }

  #enter(frame: Frame): void {
    this.#frames.push(frame)
    this.#open.add(frame.container)
  }

  #checkDepth(height: number): void {
    if (this.#base + this.#frames.length - 1 + height > MAX_DEPTH) {
      throw this.#refused(`more than ${MAX_DEPTH} levels`)
    }
  }

  /** Names the value that is being written. */
  #refused(what: string, ...key: string[]): TypeError {
    const path = this.#frames.slice(0, 8).map(({ items, next }) => items[next - 1]?.name ?? '')
    return new TypeError(`${[...path, ...key].join('.')} cannot be written for PHP: ${what}`)
  }

  #naming<T>(step: () => T, ...key: string[]): T {
    try {
      return step()
    } catch (error) {
      throw this.#refused(error instanceof Error ? error.message : String(error), ...key)
    }
  }
}

/** What has no text is left out, as in JSON. */
export function plain(value: unknown, key: string): unknown {
  if (isScalar(value) || isOpaque(value)) return value
  const { toJSON } = value as { toJSON?: unknown }
  const made = typeof toJSON === 'function' ? toJSON.call(value, key) : value
  if (made instanceof Set) throw new TypeError('a Set is not an array; make one of it')
  return typeof made === 'function' || typeof made === 'symbol' ? undefined : made
}

function entriesOf(value: object): Iterable<[PhpKey, unknown]> {
  // The indices and other keys of a list: holes and names are kept, as PHP keeps them.
  return value instanceof Map ? value : Object.entries(value)
}
