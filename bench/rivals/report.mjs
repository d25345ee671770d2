/** Writes RESULTS.md and its charts from what was measured, and nothing else. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { draw } from './charts.mjs'
import { ALL, contestant } from './contestants/index.mjs'
import { labels } from './fleet.mjs'
import { QUESTIONS } from './questions/index.mjs'

/**
 * @param {string} out folder
 * @param {Record<string, { date: string, quick: boolean, rounds: number, machine: object, results: any }>} measured by question
 * @returns {Promise<{ missed: string[], wrong: string[] }>}
 */
export async function writeReport(out, measured) {
  const label = await labels(ALL)
  const answered = QUESTIONS.filter(({ id }) => measured[id]).map(question => ({
    ...question,
    ...measured[question.id],
    report: question.report(measured[question.id].results, label),
  }))
  mkdirSync(join(out, 'results'), { recursive: true })
  for (const chart of answered.flatMap(({ report }) => report.charts)) {
    writeFileSync(join(out, 'results', chart.file), draw(chart))
  }
  const sections = [
    HEAD,
    ...(answered.some(({ quick }) => quick) ? [QUICK] : []),
    verdicts(answered),
    ...answered.map(section),
    '## What was measured',
    ...machines(answered),
    '### The contestants',
    await contestants(label),
  ]
  writeFileSync(join(out, 'RESULTS.md'), `${sections.join('\n\n')}\n`)
  return {
    missed: answered.flatMap(({ id, report }) =>
      report.verdicts.filter(({ met }) => !met).map(v => `${id}: ${v.what} must be ${v.must}, is ${v.is}`),
    ),
    wrong: answered.flatMap(({ id, report }) => report.wrong.map(each => `${id}: ${each}`)),
  }
}

const HEAD = `# Measured against the rivals

What a Node shop on Redis would pick instead of Latchkey, in one run on one machine. \`npm run bench:rivals\` measures it again
and writes this page. All contestants serve the same Express application from one process, with the same data, on the same
redis-server over TCP on this machine, and take turns; where it is otherwise, the section says so. Ratios within a run are what counts; absolute times hold on no other
machine. Every answer is checked, and wrong answers are listed below.`

const QUICK = '> **A quick run**, to see that everything works. Its figures mean nothing.'

function verdicts(answered) {
  const rows = answered.flatMap(({ id, title, report }) =>
    report.verdicts.map(({ what, must, is, met, of, bound }, n) => [
      n === 0 ? `${id}. ${title}` : '',
      what,
      must,
      bound ? `${is}; ${bound}` : is,
      `${met ? 'yes' : '**no**'}${of ? `, in ${of}` : ''}`,
    ]),
  )
  return `## Latchkey against its promises\n\n${table(['', 'figure', 'must be', 'is', 'met'], rows)}`
}

function section({ id, title, how, quick, rounds, report }) {
  const parts = [
    `## ${id}. ${title}`,
    how,
    `${quick ? 'Quick run, ' : ''}${rounds} round${rounds === 1 ? '' : 's'}.`,
  ]
  for (const { caption, columns, rows } of report.tables) {
    if (caption) parts.push(`**${caption}**`)
    parts.push(table(columns, rows))
  }
  for (const { file, title } of report.charts) parts.push(`![${title}](results/${file})`)
  parts.push(...report.notes)
  parts.push(
    report.wrong.length === 0
      ? 'Checked: no wrong answer from a contestant that should have given a right one.'
      : `**Wrong answers:**\n\n${report.wrong.map(each => `- ${each}`).join('\n')}`,
  )
  return parts.join('\n\n')
}

/** Questions that were measured at different times may stand on one page; each says of which machine. */
function machines(answered) {
  return [...byMachine(answered)].map(([key, questions]) => {
    const { packages, ...machine } = JSON.parse(key)
    const which = questions
      .map(({ id, date }) => `${id} (${date.slice(0, 16).replace('T', ' ')} UTC)`)
      .join(', ')
    const rows = [
      ['questions', which],
      ['processor', `${machine.processor}, ${machine.cores} cores`],
      ['memory', machine.memory],
      ['system', machine.system],
      ['load before the run', machine.load],
      ['Node', machine.node],
      ['Redis', machine.redis],
      ...Object.entries(packages),
    ]
    return table(['', ''], rows)
  })
}

function byMachine(answered) {
  const groups = new Map()
  for (const each of answered) {
    const key = JSON.stringify(each.machine)
    groups.set(key, [...(groups.get(key) ?? []), each])
  }
  return groups
}

async function contestants(label) {
  const all = await Promise.all(ALL.map(contestant))
  return table(
    ['contestant', 'wiring and what was set'],
    all.map(({ name, settings }) => [label[name], settings]),
  )
}

/** Padded, as Biome formats them. */
function table(columns, rows) {
  const widths = columns.map((_, n) => Math.max(3, ...[columns, ...rows].map(row => row[n].length)))
  const line = cells => `| ${cells.map((cell, n) => cell.padEnd(widths[n])).join(' | ')} |`
  return [line(columns), line(widths.map(width => '-'.repeat(width))), ...rows.map(line)].join('\n')
}
