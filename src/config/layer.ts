import type { Problem } from './option-error.ts'

/** What one source says, before it is checked. */
export interface Layer {
  values: Values
  /** Where this layer says something of an option, for messages: a file, a variable or the code. */
  source(option: string): string
  problems: readonly Problem[]
}

export type Values = Readonly<Record<string, unknown>>

/** An object made of braces: neither a list nor an instance of something, whose values would be missed. */
export function isValues(value: unknown): value is Values {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  // Not compared with Object.prototype, of which every realm (a vm context, a test) has its own.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** A key that says undefined says nothing: `{ prefix: process.env.PREFIX }`. */
export function given(values: unknown): Values {
  if (!isValues(values)) return {}
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}

/** Where an option was said, for messages. */
export function origin(option: string, layers: readonly Layer[]): string {
  return layers.findLast(({ values }) => at(values, option) !== undefined)?.source(option) ?? 'the default'
}

/** An option as it was said: "30s", and not the number that it stands for. */
export function saidOf(option: string, options: unknown, layers: readonly Layer[]): unknown {
  const layer = layers.findLast(({ values }) => at(values, option) !== undefined)
  return at(layer ? layer.values : options, option)
}

/** What stands under a dotted name. */
export function at(values: unknown, option: string): unknown {
  return option.split('.').reduce((inside, key) => given(inside)[key], values)
}

/** A value for a message: cut short, on one line, and without credentials. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(cut(masked(value)))
    case 'undefined':
      return 'nothing'
    case 'object':
      if (value === null) return 'null'
      if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
      return isValues(value) ? 'an object' : 'an instance of a class'
    case 'number':
    case 'boolean':
      return String(value)
    default:
      return `a ${typeof value}`
  }
}

/** Without the credentials of a URL. */
export function masked(text: string): string {
  return text.replace(/\/\/.*@/s, '//***@')
}

function cut(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
