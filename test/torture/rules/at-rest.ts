import type { Found, Resting, Rule } from './rule.ts'

/** What may be there when all requests have ended and all leases are over. */
export const atRest: Rule = (_story, _limits, rest) =>
  rest.flatMap(key => {
    const wrong = wrongs(key)
    return wrong.length === 0 ? [] : [found(key, wrong)]
  })

function wrongs({ known, ttl, fields, waiters }: Resting): string[] {
  if (!known) return ['belongs to no session']
  const wrong: string[] = []
  if (ttl < 0) wrong.push('never ends')
  if (Number(fields.lock ?? '0') !== 0) wrong.push(`is locked (lock ${fields.lock} by ${fields.pid})`)
  else if (leaseIn(fields.state) > 0) wrong.push('has a lease though it is not locked')
  if (Number(fields.wait ?? '0') !== 0) wrong.push(`counts ${fields.wait} PHP waiters`)
  if (waiters.length > 0) wrong.push(`has ${waiters.length} waiters`)
  return wrong
}

function leaseIn(state: string | undefined): number {
  return Number(state?.slice(2, 15) ?? 0)
}

function found({ key, session, ttl, fields }: Resting, wrong: string[]): Found {
  const told = Object.entries(fields).map(([name, value]) => `${name}=${value}`)
  return {
    session,
    why: `${key} ${wrong.join(', ')}`,
    history: [`at rest  ${key} (${ttl} ms) ${told.join(' ')}`],
  }
}
