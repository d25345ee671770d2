#!/usr/bin/env node
import { benchCommand } from './bench.ts'

/** What `latchkey <command>` does with the rest of the line; the number is the exit code. */
type Command = (args: readonly string[]) => Promise<number>

const COMMANDS: Readonly<Record<string, Command>> = { bench: benchCommand }

const USAGE = `latchkey <command>

  bench    measures which compression fits your sessions, and from which size

latchkey <command> --help says more.
`

const [name, ...args] = process.argv.slice(2)
const command = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader such as head that has seen enough is no failure, and no reason to leave a config or a report unwritten.
  if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') return
  process.stderr.write(`latchkey: the output cannot be written: ${error.message}.\n`)
  process.exit(1)
})

if (command) {
  process.exitCode = await command(args)
} else if (name === '--help' || name === '-h') {
  process.stdout.write(USAGE)
} else if (name === '--version' || name === '-v') {
  process.exitCode = await benchCommand(['--version'])
} else {
  const what = name === undefined ? 'a command is missing' : `${JSON.stringify(name)} is not a command`
  process.stderr.write(`latchkey: ${what}: see latchkey --help.\n`)
  process.exitCode = 2
}
