import type { Found, Resting, Rule } from './rule.ts'

/** What may be there when all requests have ended and all leases are over. */
export const atRest: Rule = (_story, _limits, rest) =>
  rest.flatMap(key => {
    const wrong = wrongs(key)
    return wrong.length === 0 ? [] : [found(key, wrong)]
  })

function wrongs({ part, ttl, fields }: Resting): string[] {
  const wrong: string[] = []
  if (ttl < 0) wrong.push('never ends')
  if (part === 'record') {
    if (Number(fields.lock ?? '0') !== 0) wrong.push(`is locked (lock ${fields.lock} by ${fields.pid})`)
    else if (fields.lease !== undefined) wrong.push('has a lease though it is not locked')
    if (Number(fields.wait ?? '0') !== 0) wrong.push(`counts ${fields.wait} PHP waiters`)
  }
  if (part === 'queue') wrong.push(`has ${Object.keys(fields).length} waiters`)
  // `!token` remembers for a minute who lost its lock.
  const waiting = part === 'deadlines' ? Object.keys(fields).filter(member => !member.startsWith('!')) : []
  if (waiting.length > 0) wrong.push(`has the deadlines of ${waiting.length} waiters`)
  if (part === 'other') wrong.push('belongs to no session')
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
