// Next, React Router, SvelteKit and Astro over the packed Latchkey: installs them, builds an application of each and runs checks.ts.
// They are heavy, and all but Next need Node 22: no `npm install` of the project carries them.
//   node test/full-stack/run.mjs [next react-router sveltekit astro]
// Ends with 77 where they or Node 22 could not be installed, so that nothing was tested.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { requireProgram } from '../../scripts/system.mjs'

const NOT_RUN = 77
const here = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('../..', import.meta.url))
const modules = join(here, 'node_modules')

const BUILDS = {
  next: ['next/dist/bin/next', 'build'],
  'react-router': ['@react-router/dev/bin.cjs', 'build'],
  sveltekit: ['vite/bin/vite.js', 'build'],
  astro: ['astro/bin/astro.mjs', 'build'],
}

const shops = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(BUILDS)
const unknown = shops.filter(name => !(name in BUILDS))
if (unknown.length > 0) {
  console.error(`There is no ${unknown}; choose of ${Object.keys(BUILDS).join(', ')}`)
  process.exit(1)
}
requireProgram(process.env.TEST_REDIS_SERVER || 'redis-server', 'redis-server')

install()
const node = node22()
const env = {
  ...process.env,
  // What these programs start is to be the same Node.
  PATH: `${dirname(node)}${delimiter}${process.env.PATH}`,
  NEXT_TELEMETRY_DISABLED: '1',
  ASTRO_TELEMETRY_DISABLED: '1',
}
installLatchkey()
for (const name of shops) {
  console.log(`Building ${name} …`)
  const [program, ...args] = BUILDS[name]
  // Next builds without the secret, as it is done in a container's image.
  const secret = name === 'next' ? {} : { SESSION_SECRET: 's' }
  run(node, [join(modules, program), ...args], { cwd: join(here, name), env: { ...env, ...secret } })
}
const versions = [...shops, 'react'].map(versionOf).filter(Boolean).join(', ')
console.log(`Testing ${versions} on ${spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()}`)
run(node, ['--test', '--test-reporter=spec', '--test-force-exit', '--no-warnings', 'checks.ts'], {
  cwd: here,
  env: { ...env, SHOPS: shops.join() },
})

/** As the lock file says. What is there already is left. */
function install() {
  const lock = readFileSync(join(here, 'package-lock.json'), 'utf8')
  const stamp = join(modules, '.installed')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return
  console.log('Installing the frameworks …')
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error']
  if (spawnSync('npm', args, { cwd: here, stdio: 'inherit' }).status !== 0) notRun('the frameworks')
  writeFileSync(stamp, lock)
}

/** This Node where it is new enough, or else one from npm. */
function node22() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 22 || (major === 22 && minor >= 22)) return process.execPath
  const other = join(modules, `node-${process.platform}-${process.arch}`, 'bin', 'node')
  return existsSync(other) ? other : notRun('Node 22')
}

/** Packed and installed as a user gets it. */
function installLatchkey() {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-packed-'))
  try {
    run('npm', ['pack', '--loglevel=error', '--pack-destination', folder], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const tarball = join(folder, readdirSync(folder)[0])
    const args = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error', tarball]
    run('npm', args, { cwd: here })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function run(program, args, options) {
  const { status, signal, error } = spawnSync(program, args, { stdio: 'inherit', ...options })
  if (status === 0) return
  console.error(`failed (${error?.message ?? signal ?? status}): ${program} ${args.join(' ')}`)
  process.exit(1)
}

function versionOf(shop) {
  const name = shop === 'sveltekit' ? '@sveltejs/kit' : shop
  return `${name} ${JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8')).version}`
}

function notRun(what) {
  console.error(`NOT TESTED: ${what} could not be installed`)
  process.exit(NOT_RUN)
}
