import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

export const USAGE = `npm run bench:rivals -- [options]

Measures Latchkey against its rivals, and writes bench/RESULTS.md.

  --only a,c    these questions; the others keep the results they have
  --rounds N    rounds of each measurement (7, with --quick 1)
  --out DIR     where RESULTS.md and results/ are written (bench)
  --built       measures dist as it is, without building it
  --quick       everything once and briefly, to see that it works. Its figures
                mean nothing: without --out they go into a new folder for
                temporary files, and bench/RESULTS.md stays as it is
  -h, --help    this text
`

const ROUNDS = { full: 7, quick: 1 }

/** Wrong use: one sentence. */
export class WrongUse extends Error {}

/**
 * @param {string[]} args
 * @param {string} published the folder whose RESULTS.md is shown to the world
 */
export function parse(args, published) {
  const { quick, built, help, only, ...values } = given(args)
  const rounds = Number(values.rounds ?? ROUNDS[quick ? 'quick' : 'full'])
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new WrongUse(`--rounds: expected a whole number from 1, got "${values.rounds}".`)
  }
  const out = () => values.out ?? (quick ? mkdtempSync(join(tmpdir(), 'latchkey-rivals-')) : published)
  return { quick, built, help, only: only?.split(','), rounds, out }
}

function given(args) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        quick: { type: 'boolean', default: false },
        only: { type: 'string' },
        rounds: { type: 'string' },
        out: { type: 'string' },
        built: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    const empty = ['only', 'rounds', 'out'].find(name => values[name] === '')
    if (empty) throw new WrongUse(`--${empty} needs a value.`)
    return values
  } catch (error) {
    throw error instanceof WrongUse ? error : new WrongUse(complaint(error))
  }
}

/** parseArgs explains at length what could be done with an argument that begins with a dash. */
function complaint({ code, message }) {
  const quoted = /'([^']*)'/.exec(message)?.[1] ?? ''
  const option = /--[a-z]+/.exec(quoted)?.[0] ?? quoted
  switch (code) {
    case 'ERR_PARSE_ARGS_UNKNOWN_OPTION':
      return `${quoted} is not an option: see --help.`
    case 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL':
      return `"${quoted}" is not expected here: see --help.`
    case 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE':
      return /does not take/.test(message) ? `${option} takes no value.` : `${option} needs a value.`
    default:
      return message
  }
}
