import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/**
 * Who holds a lock, and whether it is dead.
 *
 * FORMAT  `host|pid|nonce.seq`, nonce = `home-start-random`
 *   host    the host's name as PHP sees it
 *   pid     the process's id in its own pid namespace; PHP takes what stands between the first two bars
 *   home    hash of the boot and the pid and time namespaces, in which alone pid and start mean anything; empty if unknown
 *   start   when the process started, in clock ticks since boot, so that a reused pid is not taken for it
 *   random  48 bits, so that two copies of this module in one process are two owners
 *   seq     counts requests: thousands run under one pid
 *
 * PROMISE  A live holder is never called dead. In doubt `isDead` says no, and the lease decides.
 */
export interface Owner {
  readonly host: string
  readonly nonce: string
  token(): string
  isDead(token: string): boolean
  /** A token of this process. */
  isOwn(token: string): boolean
  /** A token of another process, of which `isDead` would know. */
  isNeighbour(token: string): boolean
  /** The PHP process of this token, where it lives on this host and can be seen. Containers share names of hosts. */
  seePhp(token: string): Seen | undefined
  hasEnded(seen: Seen): boolean
}

/** One process, whatever other process has its number later. */
export interface Seen {
  pid: number
  start: string
}

interface Home {
  host: string
  home: string
}

export function createOwner(): Owner {
  const host = hostname().replace(/[\s|]/g, '_')
  const home = homeOfPids()
  const random = randomBytes(6).readUIntBE(0, 6).toString(36)
  const nonce = `${home}-${startOf('self')?.start ?? ''}-${random}`
  const mine = () => `${host}|${process.pid}|${nonce}.`
  let seq = 0
  return {
    host,
    nonce,
    token: () => `${mine()}${(++seq).toString(36)}`,
    isOwn: token => token.startsWith(mine()),
    // Most often the holder is another request of this process: no need to ask the kernel.
    isDead: token => !token.startsWith(mine()) && isDead(token, { host, home }),
    seePhp: token => seePhp(token, host),
    hasEnded: ({ pid, start }) => {
      const found = startOf(pid)
      return !found || found.zombie || found.start !== start
    },
    isNeighbour: token => !token.startsWith(mine()) && neighbour(token, { host, home }) !== undefined,
  }
}

export interface ParsedToken {
  host: string
  pid: number
  /** Undefined for a PHP neighbour. */
  nonce: string | undefined
}

export function parseToken(token: string): ParsedToken | undefined {
  const [, host, pid, nonce] = /^([^|]*)\|(\d+)(?:\|(.+)\.\w+)?$/.exec(token) ?? []
  return host === undefined ? undefined : { host, pid: Number(pid), nonce }
}

/** Where pid and start mean the same as here. */
function neighbour(token: string, here: Home): { pid: number; start: string } | undefined {
  const parsed = parseToken(token)
  if (parsed?.nonce === undefined || parsed.pid === 0) return undefined
  const [home, start = ''] = parsed.nonce.split('-')
  if (here.home === '' || home !== here.home || parsed.host !== here.host) return undefined
  return { pid: parsed.pid, start }
}

function isDead(token: string, here: Home): boolean {
  const neighbouring = neighbour(token, here)
  if (!neighbouring) return false
  const { pid, start } = neighbouring
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return true
  }
  const found = startOf(pid)
  if (!found) return false
  return found.zombie || (start !== '' && found.start !== start)
}

/** Linux only: elsewhere nothing tells two hosts of one name apart, and leases must do. */
function homeOfPids(): string {
  try {
    // After `unshare --pid` without a /proc of its own, each number there is some other process.
    if (readlinkSync('/proc/self') !== String(process.pid)) return ''
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')
    const pids = readlinkSync('/proc/self/ns/pid')
    return createHash('sha256').update(`${boot}\n${pids}\n${namespaceOfTime()}`).digest('hex').slice(0, 8)
  } catch {
    return ''
  }
}

/** The kernel tells when a process started by the clock of the process that asks. Linux before 5.6 has one clock for all. */
function namespaceOfTime(): string {
  try {
    return readlinkSync('/proc/self/ns/time')
  } catch {
    return ''
  }
}

function seePhp(token: string, host: string): Seen | undefined {
  const parsed = parseToken(token)
  if (!parsed || parsed.nonce !== undefined || parsed.host !== host) return undefined
  try {
    if (!PHP.test(readFileSync(`/proc/${parsed.pid}/comm`, 'utf8'))) return undefined
  } catch {
    return undefined
  }
  const found = startOf(parsed.pid)
  return found && !found.zombie ? { pid: parsed.pid, start: found.start } : undefined
}

// The command line, FPM, and the servers that PHP runs in.
const PHP = /^(php|apache2|httpd|frankenphp|lsphp)/

function startOf(pid: number | 'self'): { start: string; zombie: boolean } | undefined {
  try {
    // proc(5): `pid (comm) state …`, starttime is field 22. comm may hold blanks and brackets, so count from its end.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { start: Number(fields[19]).toString(36), zombie: fields[0] === 'Z' || fields[0] === 'X' }
  } catch {
    return undefined
  }
}
