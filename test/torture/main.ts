// npm run torture -- --minutes 10 --seed 7 [--fault name] [--workers 4] [--clients 6] [--out file.json] [--soak]
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { explain, shortest } from './checker.ts'
import { trialsNamed } from './faults/index.ts'
import { Random } from './random.ts'
import type { Round } from './round.ts'
import { soak, tellSoak } from './soak.ts'
import { rowsOf, tableOf } from './table.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: '7' },
    fault: { type: 'string', default: '' },
    workers: { type: 'string', default: '4' },
    clients: { type: 'string', default: '6' },
    out: { type: 'string' },
    soak: { type: 'boolean', default: false },
  },
})
const ROUND_MS = 6000
const { seed } = values
const minutes = number('minutes')
const stop = new AbortController()
process.once('SIGINT', () => {
  console.log('\nStopping: the round that runs is judged as far as it came.')
  stop.abort()
})

function number(name: 'minutes' | 'workers' | 'clients'): number {
  const value = Number(values[name])
  if (!(value > 0)) throw new Error(`--${name} must be a number above 0, not ${JSON.stringify(values[name])}`)
  return value
}

/** Each fault once, in a new order each time, until the time is over. */
async function torture(): Promise<Round[]> {
  const trials = trialsNamed(values.fault)
  if (trials.length === 0) throw new Error(`no fault is named ${JSON.stringify(values.fault)}`)
  const [workers, clients] = [number('workers'), number('clients')]
  const end = performance.now() + minutes * 60_000
  const rounds: Round[] = []
  for (let turn = 1; ; turn += 1) {
    for (const trial of shuffled(trials, new Random(seed, 'order', turn))) {
      if (performance.now() >= end || stop.signal.aborted) return rounds
      progress(rounds, `${trial.name} …`, end)
      const roundSeed = `${seed}.${turn}`
      const options = { workers, clients, seed: roundSeed, ms: ROUND_MS, subject: 'latchkey' as const }
      const result = await trial
        .round({ ...options, signal: stop.signal })
        .catch(failedRound(trial.name, roundSeed))
      rounds.push({ ...result, lines: result.violations.length > 0 ? result.lines : [] })
      const first = shortest(result.violations)
      if (first) {
        clear()
        console.log(`${explain(first)}\n  in a round of "${trial.name}", seed ${roundSeed}`)
      }
      progress(rounds, trial.name, end)
    }
  }
}

/** The lab could not hurt what it wanted to, or not mend it: nothing is known of that round, and the run has failed. */
function failedRound(fault: string, seed: string) {
  return (error: Error): Round => {
    const violation = { promise: 'the lab itself works', session: fault, why: error.message, history: [] }
    const nothing = { struck: 0, operations: 0, taken: 0, longest: 0, opens: {}, lines: [] }
    const commits = { written: 0, refused: 0, unknown: 0 }
    return { fault, seed, ...nothing, commits, violations: [violation] }
  }
}

function shuffled<T>(all: readonly T[], random: Random): T[] {
  return all
    .map(each => ({ each, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ each }) => each)
}

function progress(rounds: Round[], what: string, end: number): void {
  const operations = rounds.reduce((sum, each) => sum + each.operations, 0)
  const violations = rounds.reduce((sum, each) => sum + each.violations.length, 0)
  const left = Math.max(Math.round((end - performance.now()) / 1000), 0)
  const line = `${rounds.length} rounds, ${operations.toLocaleString('en')} operations, ${violations} violations, ${left} s left: ${what}`
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[2K${line.slice(0, process.stdout.columns - 1)}`)
  else if (!what.endsWith('…')) console.log(line)
}

function clear(): void {
  if (process.stdout.isTTY) process.stdout.write('\r\x1b[2K')
}

async function main(): Promise<number> {
  if (values.soak) {
    const figures = await soak({ ms: minutes * 60_000, signal: stop.signal, tell: text => console.log(text) })
    if (values.out) writeFileSync(values.out, `${JSON.stringify(figures, undefined, 2)}\n`)
    return tellSoak(figures)
  }
  const rounds = await torture()
  const rows = rowsOf(rounds)
  const violations = rounds.flatMap(each => each.violations)
  clear()
  console.log(`\n${tableOf(rows)}\n`)
  if (values.out) {
    const told = rounds.map(({ lines, ...each }) => (lines.length > 0 ? { ...each, history: lines } : each))
    writeFileSync(values.out, `${JSON.stringify({ seed, minutes, rows, rounds: told }, undefined, 2)}\n`)
  }
  const first = shortest(violations)
  if (!first) return 0
  console.log(`${violations.length} violations with seed ${seed}. The shortest history:\n\n${explain(first)}`)
  return 1
}

process.exitCode = await main()
