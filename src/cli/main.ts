#!/usr/bin/env node
import { benchCommand } from './bench.ts'

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader such as head that has seen enough is no failure, and no reason to leave a config or a report unwritten.
  if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') return
  process.stderr.write(`latchkey: the output cannot be written: ${error.message}.\n`)
  process.exit(1)
})

const [name, ...args] = process.argv.slice(2)

if (name === 'bench') process.exitCode = await benchCommand(args)
else {
  // Only now: the bench needs nothing of it, and it takes a while to load.
  const { run } = await import('./run.ts')
  process.exitCode = await run(process.argv.slice(2))
}
