import { hostname, userInfo } from 'node:os'
import type { Holder } from '../store.ts'
import { duration } from './units.ts'

/** `web-1|4711 (POST /checkout, for 31.2 s)`, as log lines have it. */
export function who({ token, request, heldFor }: Pick<Holder, 'token' | 'request' | 'heldFor'>): string {
  const [host, pid] = token.split('|')
  const since = heldFor === undefined ? '' : `, for ${duration(heldFor)}`
  return `${host}|${pid} (${request || 'request unknown'}${since})`
}

/** `latchkey unlock by ann@web-1`: who does it, for the record and for logs. */
export function doneBy(command: string): string {
  const { SUDO_USER } = process.env
  return `latchkey ${command} by ${SUDO_USER || user()}@${hostname()}`.replace(/[\s\p{Cc}]+/gu, ' ')
}

function user(): string {
  try {
    return userInfo().username
  } catch {
    // A container may run under a number that has no name.
    return String(process.getuid?.() ?? 'unknown')
  }
}
