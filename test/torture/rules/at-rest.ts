import type { Found, Resting, Rule } from './rule.ts'

/** What may be there when all requests have ended and all leases are over. */
export const atRest: Rule = (_story, _limits, rest) =>
  rest.flatMap(key => {
    const wrong = wrongs(key)
    return wrong.length === 0 ? [] : [found(key, wrong)]
  })

function wrongs({ session, ttl, holder, leased, waiters, phpWaiters }: Resting): string[] {
  const wrong: string[] = []
  if (ttl < 0) wrong.push('never ends')
  if (holder !== '') wrong.push(`is locked by ${holder}`)
  else if (leased) wrong.push('has a lease though it is not locked')
  if (phpWaiters !== 0) wrong.push(`counts ${phpWaiters} PHP waiters`)
  if (waiters.length > 0) wrong.push(`has ${waiters.length} waiters`)
  if (session === '') wrong.push('belongs to no session')
  return wrong
}

function found({ key, session, ttl, fields }: Resting, wrong: string[]): Found {
  const told = Object.entries(fields).map(([name, value]) => `${name}=${value}`)
  return {
    session,
    why: `${key} ${wrong.join(', ')}`,
    history: [`at rest  ${key} (${ttl} ms) ${told.join(' ')}`],
  }
}
