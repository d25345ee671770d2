import { readFileSync } from 'node:fs'
import { isValues, type Layer, masked, shown } from './layer.ts'

/** `namedBy` is the variable that gave the path, if one did. */
export function fileLayer(path: string, namedBy?: string): Layer {
  const name = masked(path)
  const layer = { values: {}, source: () => name, problems: [] }
  const refused = (why: string) => {
    const subject = `${namedBy === undefined ? '' : `${namedBy}: `}${JSON.stringify(name)}`
    return { ...layer, problems: [{ option: null, message: `${subject}${why}` }] }
  }

  let text: string
  try {
    text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '')
  } catch (error) {
    // Node adds the path after a comma.
    return refused(` cannot be read: ${messageOf(error).split(',')[0]}`)
  }
  try {
    const values: unknown = JSON.parse(text)
    return isValues(values) ? { ...layer, values } : refused(`: expected a JSON object, got ${kind(values)}`)
  } catch (error) {
    return refused(`: expected a JSON object, got ${complaint(text, messageOf(error))}`)
  }
}

/** Not the value itself, which may be a URL with a password. */
function kind(value: unknown): string {
  return typeof value === 'object' ? shown(value) : `a ${typeof value}`
}

/** What JSON.parse found, and where, without the piece of the file that it quotes: that may be a secret. */
function complaint(text: string, message: string): string {
  if (text.trim() === '') return 'an empty file'
  const before = text.slice(0, position(text, message)).split('\n')
  const what = message.replace(/ token .*/s, ' character').replace(/ (in JSON )?at position .*/s, '')
  return `text that is not JSON at line ${before.length}, column ${(before.at(-1) ?? '').length + 1}: ${what}`
}

function position(text: string, message: string): number {
  const told = / at position (\d+)/.exec(message)?.[1]
  if (told !== undefined) return Number(told)
  if (!message.startsWith(UNEXPECTED)) return text.length
  // V8 names no position with this message. The text up to there is a good beginning, one character more is not.
  let [good, bad] = [0, text.length]
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    if (parseError(text.slice(0, middle)).startsWith(UNEXPECTED)) bad = middle
    else good = middle
  }
  return good
}

const UNEXPECTED = 'Unexpected token'

function parseError(text: string): string {
  try {
    JSON.parse(text)
    return ''
  } catch (error) {
    return messageOf(error)
  }
}

/** Not asked with instanceof: Node's own errors are of another realm inside a vm context. */
function messageOf(error: unknown): string {
  return (error as Error).message
}
