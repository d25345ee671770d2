import type { Open, Story } from '../story.ts'
import {
  bySession,
  type Found,
  type Limits,
  lossBetween,
  MS,
  type Rule,
  tell,
  troubleBetween,
} from './rule.ts'

/** An open is answered within the patience of a waiter; faults may add as long as they last. */
export const boundedWaits: Rule = (story, limits) => {
  const found: Found[] = []
  for (const open of story.opens) {
    if (open.end === undefined) continue
    const took = (open.end - open.call) / MS
    const allowed = patience(limits) + troubled(story, open, open.end, limits)
    if (took <= allowed) continue
    const why = `answered after ${took.toFixed(0)} ms; ${allowed.toFixed(0)} ms are allowed`
    found.push({ session: open.session, why, history: tell(open) })
  }
  return found
}

/** Only death keeps an answer back. */
export const everyCallIsAnswered: Rule = (story, limits) =>
  story.opens
    .filter(open => open.outcome === 'error' || unanswered(story, open, limits))
    .map(open => {
      const why = open.outcome === 'error' ? `an error nobody was told of: ${open.why}` : 'was never answered'
      return { session: open.session, why, history: tell(open) }
    })

function unanswered(story: Story, open: Open, limits: Limits): boolean {
  if (open.end !== undefined || story.deaths.has(open.process)) return false
  const waited = (story.ended - open.call) / MS
  return waited > patience(limits) + troubled(story, open, story.ended, limits)
}

/**
 * Whoever is refused for too many waiters must have met as many: requests that had asked and were not answered yet. With an old
 * copy of Redis's data its waiters come back, and count until they are forgotten.
 */
export const busyOnlyWhenFull: Rule = (story, { maxConcurrency, settle, forgotten }) => {
  const found: Found[] = []
  if (maxConcurrency === 0) return found
  for (const [session, opens] of bySession(story.opens)) {
    for (const refused of opens.filter(({ outcome }) => outcome === 'busy')) {
      const { call, end = call } = refused
      if (troubleBetween(story, call, end, settle)) continue
      if (lossBetween(story, call - (forgotten + settle) * MS, end)?.loss === 'rollback') continue
      // One that has left is in the queue until its farewell arrives.
      const others = opens.filter(
        open => open !== refused && WAITS.has(open.access) && open.call < end && left(open) > call,
      )
      if (others.length >= maxConcurrency) continue
      const why = `refused, though no more than ${others.length} of ${maxConcurrency} can have waited`
      found.push({ session, why, history: tell(refused, ...others) })
    }
  }
  return found
}

const FAREWELL_MS = 200
const WAITS: ReadonlySet<Open['access']> = new Set(['exclusive', 'update'])

function left({ end = Number.POSITIVE_INFINITY }: Open): number {
  return end + FAREWELL_MS * MS
}

function patience({ breakAfter, failAfter, slack }: Limits): number {
  return breakAfter + failAfter + slack
}

function troubled({ troubles }: Story, { call }: Open, end: number, { settle }: Limits): number {
  let ms = 0
  for (const { from, to } of troubles) {
    if (from > end || to < call) continue
    ms += (Math.min(to, end) - Math.max(from, call)) / MS + settle
  }
  return ms
}
