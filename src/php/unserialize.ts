import { PayloadError } from '../codec/payload.ts'
import { Container, type Entry, type Kind, Node, tangle } from './nodes.ts'
import { floatOf, intOf, isIntKey, nameOf, saturated, stringOf } from './scalars.ts'
import { PhpEnum, PhpSerialized } from './values.ts'

/** PHP's `unserialize_max_depth`. */
export const MAX_DEPTH = 4096

// Each takes time in proportion to what it matches, and none looks back.
const NULL = /N;/y
const BOOL = /b:([01]);/y
const INT = /i:([+-]?)(\d+);/y
const FLOAT = /d:(NAN|-?INF|[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?);/y
const STRING = /s:(\d+):"/y
const ESCAPED = /S:(\d+):"/y
const ESCAPED_BYTE = /\\([0-9a-fA-F]{2})|[^\\]/sy
const ARRAY = /a:(\d+):\{/y
const OBJECT = /[OC]:(\d+):"/y
const COUNT = /:\+?(\d+):\{/y
const ENUM = /E:(\d+):"/y
const REFERENCE = /[Rr]:(\d+);/y
const CLASS = /^[\w\\\x7f-\xff]+$/

/**
 * Reads the values of PHP's `serialize` into nodes.
 *
 * PROMISES  1. What PHP 8 accepts is read as PHP reads it; anything else is a `PayloadError` with its place. Which classes
 *              and enums PHP knows is not asked.
 *           2. It takes time and memory in proportion to the text, whatever the text says about lengths and counts.
 *           3. It does not recurse.
 */
export class Unserializer {
  readonly text: string
  at: number
  /** Arrays and objects, each before those that are in it. */
  readonly containers: Container[] = []
  /** Of the objects that write themselves, and of enums. */
  readonly nodes = new Map<unknown, Node>()
  readonly #slots: Node[] = []

  /** @param text one character a byte */
  constructor(text: string, at = 0) {
    this.text = text
    this.at = at
  }

  /** One value with all that is in it. */
  value(parent?: Container): Node {
    const first = this.#token(parent)
    const open: Container[] = []
    const enter = (node: Node) => {
      if (!(node instanceof Container) || node.left === 0) return
      if (open.length === MAX_DEPTH) throw this.fail(`more than ${MAX_DEPTH} levels`)
      open.push(node)
    }
    enter(first)
    for (let top = open.at(-1); top; top = open.at(-1)) {
      if (top.left === 0) {
        this.#close(top)
        open.pop()
      } else {
        top.left -= 1
        const start = this.at
        const key = this.#key(top)
        const node = this.#token(top)
        top.add({ ...key, start, node })
        enter(node)
      }
    }
    return first
  }

  fail(what: string): PayloadError {
    return new PayloadError(`the payload is not a PHP session: ${what} at byte ${this.at}`)
  }

  #token(parent: Container | undefined): Node {
    switch (this.text[this.at]) {
      case 'N':
        return this.#scalar('scalar', parent, () => {
          this.#match(NULL, 'a null')
          return null
        })
      case 'b':
        return this.#scalar('scalar', parent, () => this.#match(BOOL, 'a bool')[1] === '1')
      case 'i':
        return this.#scalar('scalar', parent, () => intOf(this.#int()))
      case 'd':
        return this.#scalar('float', parent, () => floatOf(this.#match(FLOAT, 'a float')[1] ?? ''))
      case 's':
      case 'S':
        return this.#text(parent)
      case 'a':
        return this.#array(parent)
      case 'O':
        return this.#object(parent)
      case 'C':
        return this.#scalar('serialized', parent, () => this.#serialized())
      case 'E':
        return this.#scalar('enum', parent, () => this.#enum())
      case 'R':
        return this.#variable(parent)
      case 'r':
        return this.#sameObject(parent)
      default:
        throw this.fail('expected a value')
    }
  }

  #scalar(kind: Kind, parent: Container | undefined, read: () => unknown): Node {
    const node = new Node(kind, this.at, parent)
    this.#slots.push(node)
    node.value = read()
    node.end = this.at
    if (kind === 'serialized' || kind === 'enum') {
      this.nodes.set(node.value, node)
      tangle(parent)
    }
    return node
  }

  #text(parent: Container | undefined): Node {
    let raw = ''
    const node = this.#scalar('scalar', parent, () => {
      raw = this.#string()
      return stringOf(raw)
    })
    if (typeof node.value !== 'string') node.raw = raw
    return node
  }

  #array(parent: Container | undefined): Container {
    const node = new Container('array', this.at, parent)
    const [, count] = this.#match(ARRAY, 'an array')
    return this.#begin(node, count)
  }

  #object(parent: Container | undefined): Container {
    const node = new Container('object', this.at, parent)
    tangle(parent)
    node.className = this.#class()
    const [, count] = this.#match(COUNT, 'the number of properties')
    return this.#begin(node, count)
  }

  #begin(node: Container, count: string | undefined): Container {
    node.left = Number(count)
    // PHP refuses such a number too, before it makes room for it.
    if (node.left > this.text.length - this.at) throw this.fail('a count that is more than what follows,')
    this.containers.push(node)
    node.bodyStart = this.at
    node.slots = this.#slots.push(node)
    if (node.left === 0) this.#close(node)
    return node
  }

  #close(node: Container): void {
    this.#expect('}')
    node.end = this.at
    // Until now it held its own number.
    node.slots = this.#slots.length - node.slots + 1
    if (node.entries.length > 0) node.height += 1
    if (node.parent) node.parent.height = Math.max(node.parent.height, node.height)
  }

  #variable(parent: Container | undefined): Node {
    const node = new Node('R', this.at, parent)
    const target = this.#referred()
    node.target = target
    node.end = this.at
    target.isTarget = true
    tangle(target.parent)
    tangle(parent)
    return node
  }

  #sameObject(parent: Container | undefined): Node {
    const node = new Node('r', this.at, parent)
    this.#slots.push(node)
    const referred = this.#referred()
    const target = referred.kind === 'r' ? referred.target : referred
    if (!target || !OBJECTS.has(target.kind))
      throw this.fail('a reference to something that is not an object')
    node.target = target
    node.end = this.at
    tangle(parent)
    return node
  }

  #referred(): Node {
    const [, number] = this.#match(REFERENCE, 'a reference')
    const target = this.#slots[Number(number) - 1]
    if (!target) throw this.fail('a reference to a value that is not there')
    return target
  }

  #key(container: Container): Pick<Entry, 'id' | 'isInt'> {
    const type = this.text[this.at]
    if (type === 'i') return { id: this.#int(), isInt: true }
    if (type !== 's' && type !== 'S') throw this.fail('expected a key')
    const id = this.#string()
    return { id, isInt: container.kind === 'array' && isIntKey(id) }
  }

  #int(): string {
    const [, sign = '', digits = ''] = this.#match(INT, 'an integer')
    return saturated(sign, digits)
  }

  #string(): string {
    const isEscaped = this.text[this.at] === 'S'
    const [, length] = this.#match(isEscaped ? ESCAPED : STRING, 'a string')
    const value = isEscaped ? this.#unescaped(Number(length)) : this.#bytes(Number(length))
    this.#expect('";')
    return value
  }

  #bytes(length: number): string {
    if (length > this.text.length - this.at) throw this.fail('a length that is more than what follows,')
    const from = this.at
    this.at += length
    return this.text.slice(from, this.at)
  }

  #unescaped(length: number): string {
    if (length > this.text.length - this.at) throw this.fail('a length that is more than what follows,')
    const bytes = Buffer.allocUnsafe(length)
    for (let i = 0; i < length; i += 1) {
      const [byte, hex] = this.#match(ESCAPED_BYTE, 'a byte')
      bytes[i] = hex === undefined ? byte.charCodeAt(0) : Number.parseInt(hex, 16)
    }
    return bytes.toString('latin1')
  }

  #class(): string {
    const [, length] = this.#match(OBJECT, 'an object')
    const name = this.#bytes(Number(length))
    if (!CLASS.test(name)) throw this.fail('not the name of a class')
    this.#expect('"')
    return nameOf(name)
  }

  #serialized(): PhpSerialized {
    const className = this.#class()
    const [, length] = this.#match(COUNT, 'the length of an object')
    const data = this.#bytes(Number(length))
    this.#expect('}')
    return new PhpSerialized(className, stringOf(data))
  }

  #enum(): PhpEnum {
    const [, length] = this.#match(ENUM, 'an enum')
    const [, className, name] = /^([^:]+):(.*)$/s.exec(this.#bytes(Number(length))) ?? []
    if (className === undefined || name === undefined) throw this.fail('not the case of an enum')
    this.#expect('";')
    return new PhpEnum(nameOf(className), nameOf(name))
  }

  #match(pattern: RegExp, what: string): RegExpExecArray {
    pattern.lastIndex = this.at
    const match = pattern.exec(this.text)
    if (!match) throw this.fail(`expected ${what}`)
    this.at = pattern.lastIndex
    return match
  }

  #expect(text: string): void {
    if (!this.text.startsWith(text, this.at)) throw this.fail(`expected ${text}`)
    this.at += text.length
  }
}

const OBJECTS: ReadonlySet<Kind> = new Set(['object', 'serialized', 'enum'])
