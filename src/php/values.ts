/**
 * What PHP's arrays and scalars are in JavaScript.
 *
 * | PHP | JavaScript |
 * | --- | --- |
 * | null, bool | null, boolean |
 * | int | number, and BigInt beyond 2^53 − 1 |
 * | float | number; a place that held a float keeps holding one, so 1.0 does not become 1 |
 * | string | string, and Buffer where the bytes are not UTF-8 |
 * | array with the keys 0 … n−1 in order | Array |
 * | another array | an object, and a Map where an object cannot keep its keys or their order |
 * | object | `PhpObject`, `PhpSerialized` or `PhpEnum`: to be read and carried along, not made |
 */
export type PhpValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Buffer
  | PhpFloat
  | PhpValue[]
  | PhpMap
  | PhpObject
  | PhpSerialized
  | PhpEnum
  | { [key: string]: PhpValue }

/** A key of a PHP array, or the name of a property: a Buffer where its bytes are not UTF-8. */
export type PhpKey = number | bigint | string | Buffer

/** A PHP array whose keys or order an object cannot keep. Integer keys are numbers or BigInts. */
export type PhpMap = Map<PhpKey, PhpValue>

/** A whole number that is to be written as a PHP float: `new PhpFloat(1)`. What is read as a float is a plain number. */
export class PhpFloat {
  /** The number, whole or not. */
  readonly value: number

  constructor(value: number) {
    this.value = value
  }

  /** The number, for arithmetic: `new PhpFloat(1) + 1` is 2. */
  valueOf(): number {
    return this.value
  }

  /** The number, for `JSON.stringify`. */
  toJSON(): number {
    return this.value
  }
}

/** One property of an object of a PHP class. */
export interface PhpProperty {
  /** Without the class or the asterisk that PHP writes before a private or protected one. */
  readonly name: PhpKey
  /** As the class declares it. */
  readonly visibility: 'public' | 'protected' | 'private'
  /** The class that declares a private property. */
  readonly declaredBy?: string
  /** What it holds. */
  readonly value: PhpValue
}

/** An object of a PHP class. Its properties cannot be set; an array in one can be changed, and is written. */
export class PhpObject {
  /** With its namespace. */
  readonly className: string
  /** In PHP's order. */
  readonly properties: readonly PhpProperty[]

  constructor(className: string, properties: readonly PhpProperty[]) {
    this.className = className
    this.properties = properties
  }

  /**
   * The value of a property, whatever its visibility; undefined if there is none.
   *
   * @param declaredBy the class of a private property, where a parent class has another one of that name
   */
  get(name: string, declaredBy?: string): PhpValue | undefined {
    const named = this.properties.filter(property => property.name === name)
    return (declaredBy === undefined ? named : named.filter(each => each.declaredBy === declaredBy))[0]?.value
  }
}

/** An object of a class that writes itself (PHP's interface `Serializable`): what is in it only that class knows. */
export class PhpSerialized {
  /** With its namespace. */
  readonly className: string
  /** What the class wrote: a Buffer where it is not UTF-8. */
  readonly data: string | Buffer

  constructor(className: string, data: string | Buffer) {
    this.className = className
    this.data = data
  }
}

/** A case of a PHP enum. */
export class PhpEnum {
  /** The enum, with its namespace. */
  readonly className: string
  /** The name of the case. */
  readonly case: string

  constructor(className: string, name: string) {
    this.className = className
    this.case = name
  }
}

export function isOpaque(value: unknown): value is PhpObject | PhpSerialized | PhpEnum {
  return value instanceof PhpObject || value instanceof PhpSerialized || value instanceof PhpEnum
}
