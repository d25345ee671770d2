// Checks a release before it is published: the version and the changelog, and that the packed tarball, installed by npm into an
// empty folder, runs the first program of README.md on a real Redis. Publishes nothing.
// It starts a `redis-server` of its own.
//   npm run release:check [-- --unreleased]      --unreleased: the changelog needs no date yet
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { ROOT } from '../test/support/pages.ts'
import { startRedis } from '../test/support/redis-server.ts'
import { changelogProblem } from './changelog.ts'
import { runFirstProgram, VISITS } from './first-program.ts'

const run = promisify(execFile)
const { unreleased } = parseArgs({ options: { unreleased: { type: 'boolean' } } }).values

const folder = await mkdtemp(join(tmpdir(), 'latchkey-release-'))
try {
  await check()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function check(): Promise<void> {
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string }
  const problem = changelogProblem(await readFile(join(ROOT, 'CHANGELOG.md'), 'utf8'), version, unreleased)
  if (problem) throw new Error(problem)
  console.log(`version    ${version}, with its section in CHANGELOG.md`)

  await run('npm', ['pack', '--pack-destination', folder], { cwd: ROOT })
  const [tarball = ''] = await readdir(folder)
  console.log(`packed     ${tarball}`)

  // As README.md says it, with the tarball in the place of the published package.
  await writeFile(join(folder, 'package.json'), '{ "private": true }')
  await run('npm', ['install', join(folder, tarball), 'express'], { cwd: folder })
  console.log('installed  into an empty folder, with express')

  const redis = await startRedis()
  try {
    const shown = await runFirstProgram(folder, redis.url)
    if (shown.join() !== VISITS.join()) {
      throw new Error(`README.md's program: expected ${VISITS.join(', ')}, got ${shown.join(', ')}`)
    }
    console.log(`ran        the program of README.md: ${shown.join(', ')}`)
  } finally {
    await redis.stop()
  }
}
