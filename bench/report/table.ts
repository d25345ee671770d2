/** Columns of text, the first to the left and figures to the right. */
export function table(head: readonly (readonly string[])[], rows: readonly (readonly string[])[]): string[] {
  const all = [...head, ...rows]
  const widths = (head[0] ?? []).map((_, at) => Math.max(...all.map(row => (row[at] ?? '').length)))
  const line = (row: readonly string[]) =>
    widths
      .map((width, at) => (at === 0 ? (row[at] ?? '').padEnd(width) : (row[at] ?? '').padStart(width)))
      .join(' ')
      .trimEnd()
  return [
    ...head.map(line),
    '─'.repeat(widths.reduce((sum, width) => sum + width + 1, -1)),
    ...rows.map(line),
  ]
}

/** Text broken at spaces, with an indent. */
export function wrapped(text: string, width: number, indent = ''): string[] {
  const lines: string[] = []
  let line = indent
  for (const word of text.split(' ')) {
    if (line.length > indent.length && line.length + 1 + word.length > width) {
      lines.push(line)
      line = indent
    }
    line += line.length > indent.length ? ` ${word}` : word
  }
  return [...lines, line]
}
