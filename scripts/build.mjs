// Compiles src to dist and bench to dist/bench, and puts the Lua scripts beside the compiled code, which tsc does not do.
import { spawnSync } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')

rmSync(join(root, 'dist'), { recursive: true, force: true })
// The bench knows the rest by its compiled declarations, as a user does.
for (const part of ['tsconfig.build.json', 'tsconfig.bench.json']) {
  const compiled = spawnSync(process.execPath, [tsc, '-p', join(root, part)], { stdio: 'inherit' })
  if (compiled.status !== 0) process.exit(compiled.status ?? 1)
}
cpSync(join(root, 'src/redis/scripts'), join(root, 'dist/redis/scripts'), { recursive: true })
