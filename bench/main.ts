import { writeFile } from 'node:fs/promises'
import { COMPRESSORS, type Compressor } from 'latchkey/codec'
import { type Arguments, parse } from './arguments.ts'
import { conclude } from './conclude.ts'
import { fromDirectory } from './input/directory.ts'
import type { Input } from './input/input.ts'
import { fromRedis } from './input/redis.ts'
import { builtInShops } from './input/shops.ts'
import { ASSUMED, type Network } from './judge/request.ts'
import { machine, ownVersion } from './machine.ts'
import type { Candidate } from './measure/candidates.ts'
import { zlibSync } from './measure/zlib-sync.ts'
import { Problem, systemSays } from './problem.ts'
import { htmlReport } from './report/html.ts'
import { jsonReport } from './report/json.ts'
import { createProgress, type Progress, type Screen } from './report/progress.ts'
import { terminalReport } from './report/terminal.ts'
import { FULL, measureAll, type Plan, QUICK } from './run.ts'
import { USAGE } from './usage.ts'
import { checkConfig, checkPage, writeConfig } from './write-config.ts'

export interface Surroundings {
  readonly out: { write(text: string): unknown }
  readonly screen: Screen
  readonly environment: NodeJS.ProcessEnv
  /** What is measured; a test gives libraries of its own. */
  readonly compressors?: readonly Compressor[]
  /** What is measured beside them, and never recommended. */
  readonly compared?: readonly Candidate[]
  /** How long it is measured; a test is content with a moment. */
  readonly plan?: Plan
}

/** @returns the exit code; wrong use is a sentence on the screen and 2 */
export async function main(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const progress = createProgress(surroundings.screen)
  try {
    await bench(parse(args), surroundings, progress)
    return 0
  } catch (error) {
    progress.clear()
    if (!(error instanceof Problem)) throw error
    surroundings.screen.write(`latchkey bench: ${error.message}\n`)
    return 2
  }
}

async function bench(
  options: Arguments,
  { out, screen, environment, compressors, compared, plan }: Surroundings,
  progress: Progress,
) {
  if (options.help) return void out.write(USAGE)
  if (options.version) return void out.write(`${ownVersion()}\n`)
  // Before half a minute of measuring, not after it.
  if (options.write !== undefined) await checkConfig(options.write)
  if (options.html !== undefined) await checkPage(options.html)

  const input = await inputOf(options, environment, progress)
  const network = networkOf(options, input)
  // Asked now: measuring itself makes load.
  const about = machine(input.server?.version ?? null)
  const measured = await measureAll({
    input,
    compressors: compressors ?? COMPRESSORS,
    compared: compared ?? zlibSync(),
    plan: plan ?? (options.quick ? QUICK : FULL),
    seed: options.seed,
    show: progress.show,
  })
  progress.clear()
  const result = conclude(input, measured, network, about, options.quick)

  out.write(options.json ? jsonReport(result) : terminalReport(result))
  const say = (line: string) => (options.json ? screen : out).write(`${line}\n`)
  if (options.html !== undefined) {
    await writeFile(options.html, htmlReport(result)).catch(error => {
      throw new Problem(`--html ${JSON.stringify(options.html)} cannot be written: ${systemSays(error)}.`)
    })
    say(`Wrote the report to ${options.html}.`)
  }
  const chosen = result.recommendations.find(({ purpose }) => purpose === options.choose)
  if (options.write !== undefined && chosen) {
    await writeConfig(options.write, chosen.config)
    say(`Wrote ${chosen.name} (${chosen.purpose}) to ${options.write}.`)
  }
}

function inputOf(
  options: Arguments,
  environment: NodeJS.ProcessEnv,
  progress: Progress,
): Promise<Input> | Input {
  const { redis, dir, sample, prefix, any, seed } = options
  const step = (what: string) => progress.show(0, what)
  if (redis !== undefined) return fromRedis({ url: redis, sample, prefix, any, seed, step }, environment)
  if (dir !== undefined) return fromDirectory({ dir, any, seed }, step)
  return builtInShops(seed)
}

function networkOf({ rtt, mbit }: Arguments, { server }: Input): Network {
  const found = server?.network ?? ASSUMED
  const given = [rtt, mbit].filter(figure => figure !== undefined).length
  const origin = (['measured', 'partly given', 'given'] as const)[given] ?? 'given'
  return {
    rtt: rtt ?? found.rtt,
    mbit: mbit ?? found.mbit,
    origin: found === ASSUMED && given === 0 ? 'assumed' : origin,
  }
}
