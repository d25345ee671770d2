/**
 * Measures Latchkey against its rivals: `npm run bench:rivals -- --help`.
 *
 * Installs the rivals where they are missing and builds Latchkey, starts a redis-server of its own, answers the questions
 * one after the other, and writes RESULTS.md after each, so that a run that is cut short leaves what it has.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse, USAGE, WrongUse } from './arguments.mjs'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const ROOT = resolve(HERE, '../..')
const PUBLISHED = join(ROOT, 'bench')

const { quick, built, help, only, rounds, out: folder } = options()
if (help) {
  process.stdout.write(USAGE)
  process.exit(0)
}

if (!isInstalled()) npm(['install'], HERE)
if (!built) npm(['run', 'build'], ROOT)

// Only now is there something to import.
const { machine } = await import('./machine.mjs')
const { createProgress } = await import('./progress.mjs')
const { QUESTIONS } = await import('./questions/index.mjs')
const { startRedis } = await import('./redis.mjs')
const { writeReport } = await import('./report.mjs')
const { start } = await import('./rpc.mjs')

const letters = only ?? QUESTIONS.map(({ id }) => id)
const unknown = letters.filter(letter => !QUESTIONS.some(({ id }) => id === letter))
if (unknown.length > 0)
  fail(`--only: no question "${unknown.join(', ')}"; there are a to ${QUESTIONS.at(-1).id}.`)

const out = folder()

process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(143))

/** What was measured, a line a question: with --only the other questions keep theirs. */
const kept = join(out, 'results', 'measured.ndjson')
const measured = only && existsSync(kept) ? read(kept) : {}
const progress = createProgress()
const redis = await startRedis()
const here = await machine(redis.version)
let found
for (const question of QUESTIONS.filter(({ id }) => letters.includes(id))) {
  const title = `${question.id}. ${question.title}`
  const started = performance.now()
  await redis.flush()
  const load = await start('load.mjs', [])
  const results = await question.run({ redis, load, rounds, quick, steps: progress.steps(title) })
  await load.stop()
  progress.say(`${title}: done in ${Math.round((performance.now() - started) / 1000)} s`)
  measured[question.id] = { date: new Date().toISOString(), quick, rounds, machine: here, results }
  mkdirSync(join(out, 'results'), { recursive: true })
  const lines = Object.entries(measured).map(([id, rest]) => `${JSON.stringify({ id, ...rest })}\n`)
  writeFileSync(kept, lines.join(''))
  found = await writeReport(out, measured)
}
await redis.stop()

const asked = each => letters.includes(each[0])
for (const each of found.missed.filter(asked)) progress.say(`not met   ${each}`)
for (const each of found.wrong.filter(asked)) progress.say(`WRONG     ${each}`)
progress.say(`Written: RESULTS.md and results/*.svg in ${out}`)
if (quick && out !== PUBLISHED) {
  progress.say('A quick run, whose figures mean nothing: bench/RESULTS.md is as it was')
}
// A wrong answer spoils the run; a missed bound is a finding.
process.exit(found.wrong.some(asked) ? 1 : 0)

function options() {
  try {
    return parse(process.argv.slice(2), PUBLISHED)
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error
    return fail(error.message)
  }
}

/** Packages that were added since it was installed are missing as well. */
function isInstalled() {
  const { dependencies } = JSON.parse(readFileSync(join(HERE, 'package.json'), 'utf8'))
  return Object.keys(dependencies).every(name => existsSync(join(HERE, 'node_modules', name)))
}

function read(file) {
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  return Object.fromEntries(lines.map(JSON.parse).map(({ id, ...rest }) => [id, rest]))
}

function npm(args, cwd) {
  const ran = spawnSync('npm', args, {
    cwd,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  })
  if (ran.status !== 0) fail(`npm ${args.join(' ')} failed.`)
}

function fail(message) {
  console.error(`bench:rivals: ${message}`)
  process.exit(2)
}
