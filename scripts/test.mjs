// npm test [-- jest's arguments]
// Types and lint beside the tests, which often wait for their servers. What lint says comes last, so that it is seen.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const jest = fileURLToPath(new URL('jest.mjs', import.meta.url))

/** The exit code of a command, and what it wrote where that is not shown at once. */
function run(command, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, options)
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', text => (said += text))
    child.on('error', reject).on('close', code => resolve({ code: code ?? 1, said }))
  })
}

const [lint, tests] = await Promise.all([
  run('npm', ['run', 'lint'], { stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' }),
  run(process.execPath, [jest, ...process.argv.slice(2)], { stdio: 'inherit' }),
])
process.stdout.write(lint.said)
if (lint.code !== 0) console.error('npm run lint: failed')
process.exitCode = lint.code || tests.code
