// Runs jest with ES modules switched on, after making sure that the programs it needs are there.
//   node scripts/jest.mjs [faults | browser] [jest's arguments]
// Without the name of a tier, the path of a test chooses it.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { requireProgram } from './system.mjs'

/** The programs of each tier; the Debian package has the same name, unless PACKAGE says another. The tests start servers of their own. */
const PROGRAMS = {
  core: ['redis-server', 'openssl'],
  faults: ['redis-server', 'openssl', 'php', 'php-redis'],
  browser: ['redis-server', 'chromium', 'php', 'php-redis'],
}
const PACKAGE = { php: 'php-cli' }

/** What is asked where it is no program: the extension of PHP. */
const CHECK = { 'php-redis': ['php', ['-r', "exit(extension_loaded('redis') ? 0 : 1);"]] }

/** Where the tests of a tier are. All others are in the core tier, which has no name. */
const FOLDERS = { faults: /test\/(faults|torture|doors|nest)/, browser: /test\/(browser|site)/ }

const args = process.argv.slice(2)
const tier =
  Object.keys(FOLDERS).find(name => args[0] === name || args.some(arg => FOLDERS[name].test(arg))) ?? 'core'
if (args[0] === tier) args.shift()

for (const program of PROGRAMS[tier]) {
  if (program === 'redis-server' && process.env.TEST_REDIS_SERVER) continue
  requireProgram(program, PACKAGE[program] ?? program, CHECK[program])
}

const jest = join(dirname(createRequire(import.meta.url).resolve('jest/package.json')), 'bin', 'jest.js')
const config = tier === 'core' ? [] : ['--config', `jest.${tier}.config.mjs`]
const run = spawnSync(
  process.execPath,
  ['--experimental-vm-modules', '--no-warnings=ExperimentalWarning', jest, ...config, ...args],
  { stdio: 'inherit' },
)
process.exit(run.status ?? 1)
