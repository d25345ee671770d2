import { parseArgs } from 'node:util'
import { PURPOSES, type Purpose } from './judge/cost.ts'
import { messageOf, Problem } from './problem.ts'

export interface Arguments {
  readonly redis: string | undefined
  readonly sample: number
  readonly prefix: string | undefined
  readonly dir: string | undefined
  readonly any: boolean
  /** Milliseconds. */
  readonly rtt: number | undefined
  readonly mbit: number | undefined
  readonly quick: boolean
  readonly seed: number
  readonly json: boolean
  readonly html: string | undefined
  readonly write: string | undefined
  readonly choose: Purpose
  readonly help: boolean
  readonly version: boolean
}

const OPTIONS = {
  redis: { type: 'string' },
  sample: { type: 'string' },
  prefix: { type: 'string' },
  dir: { type: 'string' },
  any: { type: 'boolean' },
  rtt: { type: 'string' },
  mbit: { type: 'string' },
  quick: { type: 'boolean' },
  seed: { type: 'string' },
  json: { type: 'boolean' },
  html: { type: 'string' },
  write: { type: 'string' },
  choose: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const

export function parse(args: readonly string[]): Arguments {
  const values = given(args)
  const only = (option: 'sample' | 'prefix', needs: 'redis') => {
    if (values[option] !== undefined && values[needs] === undefined) {
      throw new Problem(`--${option} needs --${needs}: it says which of its sessions are measured.`)
    }
  }
  only('sample', 'redis')
  only('prefix', 'redis')
  if (values.any && values.dir === undefined && values.redis === undefined) {
    throw new Problem('--any needs --dir or --redis: it admits what does not look like a session.')
  }
  if (values.redis !== undefined && values.dir !== undefined) {
    throw new Problem('--redis and --dir exclude each other: sessions come from one of them.')
  }
  if (values.dir !== undefined && values.rtt === undefined) {
    throw new Problem(
      '--dir needs --rtt, the milliseconds of a round trip to your Redis: how much compression costs a request depends on it. redis-cli --latency shows it; 0.5 is usual in one data centre.',
    )
  }
  if (values.choose !== undefined && values.write === undefined) {
    throw new Problem('--choose needs --write: it says which recommendation is written.')
  }
  return {
    redis: values.redis,
    sample: number('sample', values.sample, { from: 1, to: 100_000, whole: true }) ?? 1000,
    prefix: values.prefix,
    dir: values.dir,
    any: values.any ?? false,
    rtt: number('rtt', values.rtt, { from: 0, to: 10_000 }),
    mbit: number('mbit', values.mbit, { from: 0.01, to: 1_000_000 }),
    quick: values.quick ?? false,
    seed: number('seed', values.seed, { from: 0, to: 2 ** 31 - 1, whole: true }) ?? 1,
    json: values.json ?? false,
    html: values.html,
    write: values.write,
    choose: purpose(values.choose ?? 'balanced'),
    help: values.help ?? false,
    version: values.version ?? false,
  }
}

/** What begins with a dash is an option to parseArgs, and a number below zero is none. */
function withNumbers(args: readonly string[]): string[] {
  const result: string[] = []
  for (const arg of args) {
    const last = result.at(-1) ?? ''
    const option = Object.entries(OPTIONS).find(([name]) => last === `--${name}`)?.[1]
    if (option?.type === 'string' && /^-\.?\d/.test(arg)) result.splice(-1, 1, `${last}=${arg}`)
    else result.push(arg)
  }
  return result
}

function given(args: readonly string[]) {
  try {
    const { values, tokens } = parseArgs({
      args: withNumbers(args),
      options: OPTIONS,
      strict: true,
      tokens: true,
    })
    const empty = tokens.find(token => token.kind === 'option' && token.value === '')
    if (empty?.kind === 'option') throw new Problem(`--${empty.name} needs a value.`)
    const named = tokens.flatMap(token => (token.kind === 'option' && token.value ? [token.name] : []))
    const twice = named.find((name, at) => named.indexOf(name) < at)
    if (twice !== undefined) throw new Problem(`--${twice} can be given once.`)
    return values
  } catch (error) {
    if (error instanceof Problem) throw error
    throw new Problem(complaint(error))
  }
}

/** parseArgs explains at length what could be done with positional arguments that begin with a dash. */
function complaint(error: unknown): string {
  const message = messageOf(error)
  const quoted = /'([^']*)'/.exec(message)?.[1] ?? ''
  switch ((error as { code?: string }).code) {
    case 'ERR_PARSE_ARGS_UNKNOWN_OPTION':
      return `${quoted} is not an option: see --help.`
    case 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL':
      return `"${quoted}" is not expected here: see --help.`
    case 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE': {
      const option = /--[a-z]+/.exec(quoted)?.[0] ?? quoted
      return /does not take/.test(message) ? `${option} takes no value.` : `${option} needs a value.`
    }
    default:
      return message
  }
}

function number(
  option: string,
  text: string | undefined,
  { from, to, whole = false }: { from: number; to: number; whole?: boolean },
): number | undefined {
  if (text === undefined) return undefined
  const value = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN
  if (value >= from && value <= to && (!whole || Number.isInteger(value))) return value
  throw new Problem(
    `--${option}: expected a ${whole ? 'whole ' : ''}number from ${from} to ${to}, got ${JSON.stringify(text)}.`,
  )
}

function purpose(text: string): Purpose {
  const found = PURPOSES.find(one => one === text)
  if (found) return found
  throw new Problem(`--choose: expected one of ${PURPOSES.join(', ')}, got ${JSON.stringify(text)}.`)
}
