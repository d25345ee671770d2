/**
 * Changes values of a JSON object in its text, so that whatever else stands there stays byte for byte as it is:
 * indentation, order, line ends, numbers as they were written.
 */
export function setKeys(text: string, values: Readonly<Record<string, unknown>>): string | undefined {
  let changed = text
  for (const [key, value] of Object.entries(values)) {
    const members = membersOf(changed)
    if (!members) return undefined
    const json = JSON.stringify(value)
    // Of two keys of one name the last one counts.
    const there = members.list.findLast(member => member.key === key)
    changed = there
      ? splice(changed, there.from, there.to, json)
      : added(changed, members, `${JSON.stringify(key)}: ${json}`)
  }
  return membersOf(changed) && changed
}

interface Member {
  key: string
  /** Where the key begins, and where its value begins and ends. */
  at: number
  from: number
  to: number
}

interface Members {
  list: Member[]
  /** Behind the opening brace. */
  start: number
}

function added(text: string, { list, start }: Members, member: string): string {
  const last = list.at(-1)
  const newline = text.includes('\r\n') ? '\r\n' : '\n'
  if (!last) {
    const end = text.indexOf('}', start)
    return splice(text, start, end, `${newline}  ${member}${newline}`)
  }
  // As the last one stands: on a line of its own, or behind the one before.
  const before = text.slice(list.length > 1 ? (list.at(-2)?.to ?? start) : start, last.at)
  const gap = /\s*$/.exec(before)?.[0] ?? ''
  return splice(text, last.to, last.to, `,${gap}${member}`)
}

function splice(text: string, from: number, to: number, insert: string): string {
  return text.slice(0, from) + insert + text.slice(to)
}

/** The members at the top of the text; undefined unless it is a JSON object. */
function membersOf(text: string): Members | undefined {
  const body = text.replace(/^\uFEFF/, '')
  const offset = text.length - body.length
  try {
    const value: unknown = JSON.parse(body)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  } catch {
    return undefined
  }
  // It is valid from here on: strings and depth are all there is to watch.
  const start = text.indexOf('{', offset) + 1
  const list: Member[] = []
  let at = skipSpace(text, start)
  while (text[at] === '"') {
    const keyEnd = endOfString(text, at)
    const from = skipSpace(text, text.indexOf(':', keyEnd) + 1)
    const to = endOfValue(text, from)
    list.push({ key: JSON.parse(text.slice(at, keyEnd)) as string, at, from, to })
    at = skipSpace(text, to)
    if (text[at] === ',') at = skipSpace(text, at + 1)
  }
  return { list, start }
}

function skipSpace(text: string, at: number): number {
  let next = at
  while (/\s/.test(text[next] ?? '')) next++
  return next
}

function endOfString(text: string, at: number): number {
  let next = at + 1
  while (text[next] !== '"') next += text[next] === '\\' ? 2 : 1
  return next + 1
}

function endOfValue(text: string, from: number): number {
  if (text[from] === '"') return endOfString(text, from)
  let depth = 0
  let at = from
  for (; at < text.length; at++) {
    const sign = text[at]
    if (sign === '"') at = endOfString(text, at) - 1
    else if (sign === '{' || sign === '[') depth++
    else if (sign === '}' || sign === ']') {
      if (depth === 0) break
      depth--
      if (depth === 0) return at + 1
    } else if (depth === 0 && (sign === ',' || /\s/.test(sign ?? ''))) break
  }
  return at
}
