#!/usr/bin/env node
import { OptionError } from '../config/option-error.ts'
import { SessionError } from '../errors.ts'
import { benchCommand } from './bench.ts'
import { type Command, FAILED, Failure, WRONG_USE, WrongUse } from './command.ts'
import { doctor } from './doctor.ts'
import { end } from './end.ts'
import { init } from './init.ts'
import { inspect } from './inspect.ts'
import { chosen } from './line.ts'
import { list } from './list.ts'
import { migrate } from './migrate.ts'
import { stats } from './stats.ts'
import { top } from './top.ts'
import { unlock } from './unlock.ts'

const COMMANDS: readonly Command[] = [inspect, list, stats, unlock, end, doctor, top, init, migrate]

/** It reads its line itself. */
const BENCH = {
  usage: 'bench',
  describe: 'Measures which compression fits your sessions, and from which size',
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader such as head that has seen enough is no failure, and no reason to leave a config or a report unwritten.
  if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') return
  process.stderr.write(`latchkey: the output cannot be written: ${error.message}.\n`)
  process.exit(FAILED)
})

const [name, ...args] = process.argv.slice(2)

try {
  if (name === 'bench') process.exitCode = await benchCommand(args)
  else process.exitCode = await (await chosen(process.argv.slice(2), COMMANDS, [BENCH]))?.()
} catch (error) {
  if (error instanceof WrongUse) {
    complain(`${error.message}${error.message.endsWith('?') ? ' See' : ': see'} latchkey --help.`, WRONG_USE)
  } else if (error instanceof OptionError) {
    for (const { message } of error.problems)
      complain(`${message.replace('the code says', '--redis says')}.`, WRONG_USE)
  } else if (error instanceof Failure) {
    complain(error.message, FAILED)
  } else if (error instanceof SessionError) {
    const { message, cause } = error
    complain(cause instanceof Error ? `${message} ${cause.message}` : message, FAILED)
  } else throw error
}

function complain(sentence: string, code: number): void {
  process.stderr.write(`latchkey: ${sentence}\n`)
  process.exitCode = code
}
