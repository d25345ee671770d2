import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os'
import { ALL, contestant } from './contestants/index.mjs'

const ROOT = new URL('../../', import.meta.url)

/** What the figures depend on. Nothing that names a person, a host or a folder. */
export async function machine(redisVersion) {
  return {
    processor: cpus()[0].model.trim(),
    cores: cpus().length,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${distribution() ?? platform()}, kernel ${release()}, ${arch()}`,
    node: process.version,
    redis: redisVersion,
    /** Runnable processes in the last minute before the run: a busy machine measures badly. */
    load: loadavg()[0].toFixed(2),
    packages: await versions(),
  }
}

async function versions() {
  const packages = new Set(['express', 'express-session'])
  for (const name of ALL) for (const each of (await contestant(name)).packages) packages.add(each)
  const own = name => (name === 'latchkey' ? ROOT : new URL(`node_modules/${name}/`, import.meta.url))
  const found = [...packages].map(name => [name, versionIn(own(name))])
  return { ...Object.fromEntries(found), latchkey: `${versionIn(ROOT)}, ${commit()}` }
}

function versionIn(folder) {
  return JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')).version
}

function commit() {
  const git = (...args) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim()
  try {
    const changed = git('status', '--porcelain', '--', 'src') !== ''
    return `commit ${git('rev-parse', '--short', 'HEAD')}${changed ? ' with changes' : ''}`
  } catch {
    return 'outside a checkout'
  }
}

function distribution() {
  try {
    return /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1]
  } catch {
    return undefined
  }
}
