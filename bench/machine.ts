import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What the figures depend on. Nothing that names a person, a host or a folder. */
export interface Machine {
  readonly processor: string
  readonly cores: number
  readonly memory: string
  readonly system: string
  readonly node: string
  /** Of the server that was asked; null without one. */
  readonly redis: string | null
  /** Runnable processes in the minute before the run. */
  readonly load: number
  readonly versions: Readonly<Record<string, string>>
}

export function machine(redis: string | null): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown processor',
    cores: cpus().length,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${distribution() ?? platform()}, kernel ${release()}, ${arch()}`,
    node: process.version,
    redis,
    load: Number((loadavg()[0] ?? 0).toFixed(2)),
    versions: versions(),
  }
}

export function ownVersion(): string {
  return String(ownPackage().version)
}

/** Latchkey, what it depends on that is no framework, and what Node compresses with. */
function versions(): Record<string, string> {
  const { name, version, dependencies = {}, optionalDependencies = {} } = ownPackage()
  const found: Record<string, string> = { [String(name)]: String(version) }
  for (const dependency of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const version = versionOf(dependency)
    if (version !== undefined) found[dependency] = version
  }
  for (const part of ['zlib', 'zstd'] as const) {
    const version = process.versions[part]
    if (version !== undefined) found[`node's ${part}`] = version
  }
  return found
}

/** Searched as a file: a package need not export its package.json, and need not load here. */
function versionOf(name: string): string | undefined {
  for (const folder of createRequire(import.meta.url).resolve.paths(name) ?? []) {
    try {
      return String(JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8')).version)
    } catch {}
  }
  return undefined
}

interface Manifest {
  name?: string
  version?: string
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

/** The package.json above this file, which lies at another depth once it is compiled. */
function ownPackage(): Manifest {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    try {
      return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
    } catch {
      if (folder === dirname(folder)) return {}
    }
  }
}

function distribution(): string | undefined {
  try {
    return /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1]
  } catch {
    return undefined
  }
}
