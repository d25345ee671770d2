import Table from 'cli-table3'

const NO_LINES = {
  top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '',
  left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ',
} // biome-ignore format: as its documentation has it

/** Rows under a head, in columns without lines. Those named in `right` are figures. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly string[] = [],
): string {
  const made = new Table({
    head: [...head],
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: head.map(name => (right.includes(name) ? 'right' : 'left')),
  })
  made.push(...rows.map(row => [...row]))
  return trimmed(made.toString())
}

/** What is said of one thing, a line each. */
export function facts(pairs: readonly (readonly [string, string | undefined])[]): string {
  const said = pairs.filter((pair): pair is [string, string] => pair[1] !== undefined)
  const made = new Table({
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  })
  made.push(...said.map(pair => [...pair]))
  return trimmed(made.toString())
}

function trimmed(text: string): string {
  return text
    .split('\n')
    .map(line => line.trimEnd())
    .filter(line => line !== '')
    .join('\n')
}
