import assert from 'node:assert/strict'
import {
  PhpEnum,
  type PhpKey,
  PhpObject,
  type PhpProperty,
  PhpSerialized,
  type PhpValue,
} from '../../src/php/values.ts'
import type { Model } from './fixtures.ts'

type Triple = [Model, string, Model]

/** Compares values with what PHP made of the same text. Which values are the same variable or object is compared too. */
export class Comparison {
  readonly #variables = new Map<unknown, PhpValue>()
  readonly #objects = new Map<unknown, PhpValue>()

  /** @throws where they differ, with the path */
  equal(value: PhpValue | undefined, model: Model, path = '$'): void {
    if (model === null || typeof model !== 'object') assert.equal(value, model, path)
    else if ('b' in model) assert.deepEqual(value, Buffer.from(String(model.b), 'base64'), path)
    else if ('i' in model) this.#int(value, String(model.i), path)
    else if ('bits' in model) assert.equal(bitsOf(value), model.bits, path)
    else if ('rep' in model) assert.ok(value === repeated(model.rep as [string, number]), path)
    else if ('nest' in model) this.equal(unwrapped(value, Number(model.nest)), model.v as Model, `${path}…`)
    else if ('def' in model) {
      this.#variables.set(model.def, value as PhpValue)
      this.equal(value, model.v as Model, path)
    } else if ('ref' in model) assert.ok(Object.is(value, this.#variables.get(model.ref)), path)
    else if ('obj' in model) assert.ok(Object.is(value, this.#objects.get(model.obj)), path)
    else if ('e' in model) assert.deepEqual(value, new PhpEnum(String(model.e), String(model.case)), path)
    else if ('c' in model) this.#serialized(value, model, path)
    else if ('o' in model) this.#object(value, model as { o: string; id: number; p: Triple[] }, path)
    else if ('a' in model) this.#array(value, model as { a: [Model, Model][]; list?: boolean }, path)
    else assert.fail(`${path}: unknown model ${JSON.stringify(model)}`)
  }

  /** @param entries of a session: its variables */
  variables(entries: Map<PhpKey, PhpValue>, model: Model): void {
    const { a } = ('v' in (model as object) ? (model as { v: Model }).v : model) as { a: [Model, Model][] }
    assert.equal(entries.size, a.length)
    const now = entries.entries()
    for (const [key, value] of a) {
      const [name, is] = now.next().value as [PhpKey, PhpValue]
      // The names of variables are strings, whatever they spell.
      this.equal(
        name as PhpValue,
        typeof key === 'object' && key && 'i' in key ? String(key.i) : key,
        '$ key',
      )
      this.equal(is, value, `$.${String(name)}`)
    }
  }

  #int(value: PhpValue | undefined, decimal: string, path: string): void {
    assert.equal(String(value), decimal, path)
    assert.equal(typeof value, Number.isSafeInteger(Number(decimal)) ? 'number' : 'bigint', path)
  }

  #serialized(value: PhpValue | undefined, model: { [key: string]: unknown }, path: string): void {
    assert.ok(value instanceof PhpSerialized, path)
    this.#objects.set(model.id, value)
    assert.equal(value.className, model.c, path)
    this.equal(value.data, model.data as Model, path)
  }

  #array(
    value: PhpValue | undefined,
    { a, list }: { a: [Model, Model][]; list?: boolean },
    path: string,
  ): void {
    const isList = (list ?? false) || a.length === 0
    assert.equal(Array.isArray(value), isList, path)
    const entries: [PhpKey, PhpValue][] =
      value instanceof Map ? [...value] : (Object.entries(value as object) as [PhpKey, PhpValue][])
    assert.equal(entries.length, a.length, path)
    for (const [at, [key, each]] of a.entries()) {
      const [is, inner] = entries[at] as [PhpKey, PhpValue]
      if (value instanceof Map) this.equal(is as PhpValue, key, `${path} key`)
      else assert.equal(is, typeof key === 'object' && key ? key.i : key, `${path} key`)
      this.equal(inner, each, `${path}.${String(is)}`)
    }
  }

  #object(value: PhpValue | undefined, model: { o: string; id: number; p: Triple[] }, path: string): void {
    assert.ok(value instanceof PhpObject, path)
    this.#objects.set(model.id, value)
    assert.equal(value.className, model.o, path)
    assert.equal(value.properties.length, model.p.length, path)
    for (const [at, [name, visibility, each]] of model.p.entries()) {
      const property: PhpProperty | undefined = value.properties[at]
      this.equal(property?.name as PhpValue, name, `${path} property`)
      const seen = { '+': 'public', '#': 'protected' }[visibility] ?? 'private'
      assert.equal(property?.visibility, seen, path)
      assert.equal(property?.declaredBy, seen === 'private' ? visibility : undefined, path)
      this.equal(property?.value, each, `${path}.${String(name)}`)
    }
  }
}

function repeated([text, times]: [string, number]): string {
  return text.repeat(times)
}

/** Out of so many lists of one. */
function unwrapped(value: PhpValue | undefined, levels: number): PhpValue | undefined {
  let inner = value
  for (let i = 0; i < levels; i += 1) inner = (inner as PhpValue[])[0]
  return inner
}

function bitsOf(value: unknown): string {
  assert.equal(typeof value, 'number')
  if (Number.isNaN(value)) return 'nan'
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(value as number)
  return bytes.toString('hex')
}
