import { isIntKey, stringOf } from './scalars.ts'

/** As PHP names them in `session.serialize_handler`. */
export type SerializeHandler = 'php' | 'php_serialize' | 'php_binary'

/** How the names of variables stand in a session's text. `php_serialize` has an array instead, with keys as in any other. */
export interface Names {
  /** The name that begins here, and where its value begins. A string says what is wrong. */
  read(text: string, at: number): { name: string; end: number } | string
  write(name: string): string
  /** Why PHP would not store a variable of this name. */
  refused(name: string): string | undefined
}

/** `name|value`, one after the other. */
const php: Names = {
  read(text, at) {
    const end = text.indexOf('|', at)
    return end < 0 ? 'a name without |' : { name: text.slice(at, end), end: end + 1 }
  },
  write: name => `${name}|`,
  refused(name) {
    // PHP then stores an empty session.
    if (name.includes('|')) return 'a name must not contain |'
    return numeric(name)
  },
}

/** The length of the name in a byte, the name, and its value. */
const phpBinary: Names = {
  read(text, at) {
    const from = at + 1
    const end = from + (text.charCodeAt(at) & LONGEST)
    return end >= text.length ? 'a name that is cut off' : { name: text.slice(from, end), end }
  },
  write: name => String.fromCharCode(name.length) + name,
  refused(name) {
    if (name.length > LONGEST) return `a name must not be longer than ${LONGEST} bytes`
    return numeric(name)
  },
}

export const NAMES: Record<SerializeHandler, Names | undefined> = {
  php,
  php_binary: phpBinary,
  php_serialize: undefined,
}

// PHP drops such a variable, with a warning only.
function numeric(name: string): string | undefined {
  return isIntKey(name) ? 'a name must not be a number' : undefined
}

/** A clue for a user whose PHP is set to another serializer; undefined where the text looks like nothing known. */
export function foreignText(text: string, handler: SerializeHandler): string | undefined {
  if (IGBINARY.some(head => text.startsWith(head))) {
    return `it is igbinary, which cannot be read here: set session.serialize_handler = ${handler} in PHP`
  }
  if (/^[{[]/.test(text) && isJson(text)) return 'it is JSON, as a process without the option php writes it'
  const other = OTHERS.find(([name, looks]) => name !== handler && looks.test(text))
  return other && `it looks like ${other[0]}, and ${handler} is expected`
}

function isJson(text: string): boolean {
  try {
    JSON.parse(String(stringOf(text)))
    return true
  } catch {
    return false
  }
}

const LONGEST = 127
const IGBINARY = ['\0\0\0\x01', '\0\0\0\x02']
const VALUE = '(?:N;|[bid]:|[sSaOCE]:\\d)'
const OTHERS: [SerializeHandler, RegExp][] = [
  ['php_serialize', /^a:\d+:\{/],
  ['php', new RegExp(`^[^|]*\\|${VALUE}`)],
  ['php_binary', new RegExp(`^[\\0-\\x7f][^|]{0,127}?${VALUE}`)],
]
