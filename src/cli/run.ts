import { OptionError } from '../config/option-error.ts'
import { SessionError } from '../errors.ts'
import { type Command, DONE, FAILED, Failure, WRONG_USE, WrongUse } from './command.ts'
import { doctor } from './doctor.ts'
import { end } from './end.ts'
import { init } from './init.ts'
import { inspect } from './inspect.ts'
import { chosen } from './line.ts'
import { list } from './list.ts'
import { migrate } from './migrate.ts'
import { reseal } from './reseal.ts'
import { stats } from './stats.ts'
import { top } from './top.ts'
import { unlock } from './unlock.ts'

export const COMMANDS: readonly Command[] = [
  inspect, list, stats, unlock, end, doctor, top, init, migrate, reseal,
] // biome-ignore format: one glance

/** It reads its line itself. */
const BENCH = {
  usage: 'bench',
  describe: 'Measures which compression fits your sessions, and from which size',
}

/** Runs the command of this line, and tells what went wrong in a sentence. Resolves to the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  try {
    return (await (await chosen(args, COMMANDS, [BENCH]))?.()) ?? DONE
  } catch (error) {
    return complain(error)
  }
}

/** One sentence for each thing that is wrong. What is nobody's fault but ours is thrown on, with its stack. */
function complain(error: unknown): number {
  if (error instanceof WrongUse) {
    const end = error.message.endsWith('?') ? '' : '.'
    return say(`${error.message}${end} See latchkey --help.`, WRONG_USE)
  }
  if (error instanceof OptionError) {
    for (const { message } of error.problems) say(`${message.replace('(the code)', '(--redis)')}.`, WRONG_USE)
    return WRONG_USE
  }
  if (error instanceof Failure) return say(error.message, FAILED)
  if (error instanceof SessionError) {
    const { message, cause } = error
    return say(cause instanceof Error ? `${message} ${cause.message}` : message, FAILED)
  }
  throw error
}

function say(sentence: string, code: number): number {
  process.stderr.write(`latchkey: ${sentence}\n`)
  return code
}
