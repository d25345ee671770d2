import type { Data } from '../codec/json.ts'
import { PayloadError } from '../codec/payload.ts'
import { markChanges } from './changes.ts'
import { Container, type Node, valueAt } from './nodes.ts'
import { keyText, rawOf, stringOf } from './scalars.ts'
import { type Item, plain, Serializer } from './serialize.ts'
import { foreignText, NAMES, type SerializeHandler } from './serialize-handlers.ts'
import { isVisible, toJavaScript } from './to-javascript.ts'
import { Unserializer } from './unserialize.ts'
import type { PhpValue } from './values.ts'

/**
 * A PHP session as it was read. Texts are strings of bytes: one character a byte (`latin1`).
 *
 * PROMISES  1. `write` returns the text that was read while the data is as it was read.
 *           2. After a change, what did not change is byte for byte as it was; only the numbers of references follow.
 *           3. Variables that cannot be properties of the data are carried along: those whose name is not UTF-8, and
 *              `__proto__`.
 */
export interface ReadSession {
  readonly handler: SerializeHandler
  readonly text: string
  readonly data: Data
  readonly root: Container
  /** All others, each before those that are in it. */
  readonly containers: readonly Container[]
  readonly nodes: ReadonlyMap<unknown, Node>
}

/** @throws {PayloadError} for a text that PHP would not accept: it destroys such a session */
export function readSession(handler: SerializeHandler, text: string): ReadSession {
  const unserializer = new Unserializer(text)
  const root = text === '' ? new Container('array', 0, undefined) : readRoot(handler, unserializer)
  const containers = unserializer.containers.filter(container => container !== root)
  const data = toJavaScript(root, containers, unserializer.nodes)
  return { handler, text, data, root, containers, nodes: unserializer.nodes }
}

function readRoot(handler: SerializeHandler, unserializer: Unserializer): Container {
  try {
    const names = NAMES[handler]
    if (!names) return rootArray(unserializer)
    const root = new Container('array', 0, undefined)
    const { text } = unserializer
    while (unserializer.at < text.length) {
      const start = unserializer.at
      const read = names.read(text, start)
      if (typeof read === 'string') throw unserializer.fail(read)
      unserializer.at = read.end
      root.add({ id: read.name, isInt: false, start, node: unserializer.value(root) })
    }
    return root
  } catch (error) {
    const clue = foreignText(unserializer.text, handler)
    throw clue === undefined ? error : new PayloadError(`the payload is not a PHP session: ${clue}`)
  }
}

/** What follows it PHP ignores. */
function rootArray(unserializer: Unserializer): Container {
  const root = unserializer.value()
  if (root instanceof Container && root.kind === 'array') return root
  if (root.kind === 'scalar' && root.value === null) return new Container('array', 0, undefined)
  throw new PayloadError('the payload is not a PHP session: it is no array')
}

/**
 * @param read the session that the data was read from
 * @throws {TypeError} names what PHP could not read again
 */
export function writeSession(handler: SerializeHandler, data: Data, read?: ReadSession): string {
  if (read && !markChanges(read.root, data, read.containers)) return read.text
  const names = NAMES[handler]
  const serializer = new Serializer(read ?? { text: '', nodes: new Map() })
  const items = itemsOf(handler, data, read)
  if (names) {
    serializer.write(data, items)
    return serializer.out
  }
  serializer.countRoot(read?.root)
  serializer.out = `a:${items.length}:{`
  serializer.write(data, items)
  return `${serializer.out}}${read?.root.end ? read.text.slice(read.root.end) : ''}`
}

/** The variables in the order of the text, and then the new ones. */
function itemsOf(handler: SerializeHandler, data: Data, read: ReadSession | undefined): Item[] {
  const items: Item[] = []
  const add = (id: string, value: unknown, keyText: string, place?: Node) => {
    const name = String(stringOf(id))
    const made = place && !isVisible(id) ? value : plain(value, name)
    if (made !== undefined) items.push({ keyText, name, value: made, place })
  }
  for (const { id, start, node } of read?.root.entries ?? []) {
    const name = String(stringOf(id))
    const keyText = read?.text.slice(start, node.start) ?? ''
    if (!isVisible(id)) add(id, valueAt(node), keyText, node)
    else if (Object.hasOwn(data, name)) add(id, data[name], keyText, node)
  }
  for (const name of Object.keys(data)) {
    const id = rawOf(name)
    if (read?.root.entry(id)) continue
    add(id, data[name], nameText(handler, id, name))
  }
  return items
}

function nameText(handler: SerializeHandler, id: string, name: string): string {
  const names = NAMES[handler]
  const refused = names?.refused(id)
  if (refused)
    throw new TypeError(`${JSON.stringify(name)} cannot be written for PHP (${handler}): ${refused}`)
  return names ? names.write(id) : keyText(id)
}

/** All variables of a session, with those that its data cannot show. Names that are not UTF-8 are Buffers. */
export function variablesOf({ root }: ReadSession): Map<string | Buffer, PhpValue> {
  return new Map(root.entries.map(({ id, node }) => [stringOf(id), valueAt(node) as PhpValue]))
}
