// Runs jest with ES modules switched on, after making sure that there is a redis-server to test against.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { requireProgram } from './system.mjs'

requireProgram('redis-server', 'redis-server')
requireProgram('redis-sentinel', 'redis-sentinel')
requireProgram('openssl', 'openssl')
if (process.argv.some(arg => arg.includes('browser'))) requireProgram('chromium', 'chromium')

const jest = join(dirname(createRequire(import.meta.url).resolve('jest/package.json')), 'bin', 'jest.js')
const run = spawnSync(
  process.execPath,
  ['--experimental-vm-modules', '--no-warnings=ExperimentalWarning', jest, ...process.argv.slice(2)],
  {
    stdio: 'inherit',
  },
)
process.exit(run.status ?? 1)
