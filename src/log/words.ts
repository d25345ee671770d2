import type { Holder } from '../store.ts'

// Words that many lines share.

/** An error for the log: what visitors may not see is in its cause. */
export function detailOf({ message, cause }: Error): string {
  const why = (cause as Error | undefined)?.message
  return (why === undefined ? message : `${message} ${why}`).replace(/\.$/, '')
}

/** Why a lock was lost though no request took it, and what to do. */
export const RESET =
  'a program that takes no locks has stored the session and reset the lock. In PHP set disable_locking to 0'

export function to(holder: Holder | undefined): string {
  return holder?.released ? `, and it was last held by ${who(holder)}` : ` to ${who(holder)}`
}

/** `web-1|4711 (POST /checkout, for 31.2 s)` */
export function who(holder: Holder | undefined): string {
  if (!holder || holder.token === '') return 'an unknown holder'
  const [host, pid] = holder.token.split('|')
  const since = holder.heldFor === undefined ? '' : `, for ${ms(holder.heldFor)}`
  return `${host}|${pid} (${holder.request || 'request unknown'}${since})`
}

export function ms(duration: number): string {
  return duration < 999.5 ? `${Math.round(duration)} ms` : `${(duration / 1000).toFixed(1)} s`
}
