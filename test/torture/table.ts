import type { Round } from './round.ts'

/** All rounds of one fault together. */
export interface Row {
  fault: string
  rounds: number
  struck: number
  operations: number
  written: number
  refused: number
  uncertain: number
  taken: number
  longestMs: number
  violations: number
}

export function rowsOf(rounds: Round[]): Row[] {
  const rows = new Map<string, Row>()
  for (const { fault, struck, operations, commits, taken, longest, violations } of rounds) {
    const row = rows.get(fault) ?? { ...NOTHING, fault }
    rows.set(fault, {
      fault,
      rounds: row.rounds + 1,
      struck: row.struck + struck,
      operations: row.operations + operations,
      written: row.written + commits.written,
      refused: row.refused + commits.refused,
      uncertain: row.uncertain + commits.unknown,
      taken: row.taken + taken,
      longestMs: Math.max(row.longestMs, Math.round(longest)),
      violations: row.violations + violations.length,
    })
  }
  return [...rows.values()]
}

export function totalOf(rows: Row[]): Row {
  const total = { ...NOTHING, fault: 'all' }
  for (const row of rows) {
    for (const name of COLUMNS)
      total[name] = name === 'longestMs' ? Math.max(total[name], row[name]) : total[name] + row[name]
  }
  return total
}

/** In Markdown, so that it can be read here and put into a document. */
export function tableOf(rows: Row[]): string {
  const lines = [...rows, totalOf(rows)].map(row => [
    row.fault,
    ...COLUMNS.map(name => row[name].toLocaleString('en')),
  ])
  const table = [HEAD, ...lines]
  const widths = HEAD.map((_, column) => Math.max(...table.map(line => line[column]?.length ?? 0)))
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [HEAD, rule, ...lines].map(line => lineOf(line, widths)).join('\n')
}

function lineOf(cells: string[], widths: number[]): string {
  const padded = cells.map((cell, i) =>
    i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0),
  )
  return `| ${padded.join(' | ')} |`
}

const NOTHING: Row = {
  fault: '', rounds: 0, struck: 0, operations: 0, written: 0, refused: 0, uncertain: 0, taken: 0, longestMs: 0, violations: 0,
} // biome-ignore format: one glance

const COLUMNS = [
  'rounds', 'struck', 'operations', 'written', 'refused', 'uncertain', 'taken', 'longestMs', 'violations',
] as const // biome-ignore format: the order is the table's

const HEAD = [
  'fault', 'rounds', 'times', 'operations', 'written', 'refused', 'uncertain', 'locks taken', 'longest wait, ms', 'violations',
] // biome-ignore format: the order is the table's
