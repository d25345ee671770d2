export type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value }

/** Data as PHP's `session.serialize_handler=php` writes it: `name|value`, one after the other. */
export function phpSession(data: { readonly [name: string]: Value }): Buffer {
  return Buffer.from(
    Object.entries(data)
      .map(([name, value]) => `${name}|${serialized(value)}`)
      .join(''),
  )
}

function serialized(value: Value): string {
  switch (typeof value) {
    case 'string':
      return text(value)
    case 'number':
      return Number.isInteger(value) ? `i:${value};` : `d:${value};`
    case 'boolean':
      return `b:${value ? 1 : 0};`
    default: {
      if (value === null) return 'N;'
      const entries = Array.isArray(value)
        ? value.map((one, at) => `i:${at};${serialized(one)}`)
        : Object.entries(value).map(([name, one]) => `${text(name)}${serialized(one)}`)
      return `a:${entries.length}:{${entries.join('')}}`
    }
  }
}

function text(value: string): string {
  return `s:${Buffer.byteLength(value)}:"${value}";`
}
