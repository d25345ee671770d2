import type { OpenOutcome } from '../history.ts'
import type { Open, Story } from '../story.ts'
import {
  bySession,
  diedAt,
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

/** Only being killed keeps an answer back. */
export const everyCallIsAnswered: Rule = (story, limits) =>
  story.opens
    .filter(open => open.outcome === 'error' || unanswered(story, open, limits))
    .map(open => {
      const why = open.outcome === 'error' ? `an error nobody was told of: ${open.why}` : 'was never answered'
      return { session: open.session, why, history: tell(open) }
    })

function unanswered(story: Story, open: Open, limits: Limits): boolean {
  if (open.end !== undefined) return false
  if (story.deaths.get(open.process)?.how === 'ended') return true
  const last = Math.min(diedAt(story, open.process), story.ended)
  return (last - open.call) / MS > patience(limits) + troubled(story, open, last, limits)
}

/** The lab kills processes, or asks them to end. */
export const noCrash: Rule = story =>
  [...story.deaths].flatMap(([process, death]) => {
    if (death.how !== 'crashed') return []
    const why = `${process} ended, and nobody had killed it or asked it to`
    const open = story.opens.filter(each => each.process === process && each.end === undefined)
    return [{ session: '', why, history: tell(...open, { process, ...death }) }]
  })

/**
 * Whoever is refused for too many waiters must have met as many: requests that had asked and were not answered yet. One that
 * left when Redis could not be told counts until it is forgotten, as do the waiters that come back with an old copy of the data.
 */
export const busyOnlyWhenFull: Rule = (story, limits) => {
  const { maxConcurrency, settle, forgotten } = limits
  const found: Found[] = []
  if (maxConcurrency === 0) return found
  for (const [session, opens] of bySession(story.opens)) {
    for (const refused of opens.filter(({ outcome }) => outcome === 'busy')) {
      const { call, end = call } = refused
      if (troubleBetween(story, call, end, settle)) continue
      if (lossBetween(story, call - (forgotten + settle) * MS, end)?.loss === 'rollback') continue
      const others = opens.filter(
        open => open !== refused && mayWait(open) && open.call < end && left(story, open, limits) > call,
      )
      if (others.length >= maxConcurrency) continue
      const why = `refused, though no more than ${others.length} of ${maxConcurrency} can have waited`
      found.push({ session, why, history: tell(refused, ...others) })
    }
  }
  return found
}

/** Who was refused for too many waiters was none of them, unless it was sent away from the queue. */
function mayWait({ access, outcome, queued }: Open): boolean {
  return WAITS.has(access) && (outcome !== 'busy' || queued !== undefined)
}

const FAREWELL_MS = 200
const SERVED: ReadonlySet<OpenOutcome> = new Set(['granted', 'read', 'missing'])
const WAITS: ReadonlySet<Open['access']> = new Set(['exclusive', 'update'])

/** One that has given up is in the queue until its farewell arrives; any other has left it before it is answered. */
function left(story: Story, { call, end = Number.POSITIVE_INFINITY, outcome }: Open, limits: Limits): number {
  if (outcome !== undefined && SERVED.has(outcome)) return end
  const unheard = troubleBetween(story, call, end, limits.settle)
  return end + (unheard ? limits.forgotten : FAREWELL_MS) * MS
}

function patience({ breakAfter, failAfter, slack }: Limits): number {
  return breakAfter + failAfter + slack
}

function troubled({ troubles }: Story, { call }: Open, end: number, { settle }: Limits): number {
  let ms = 0
  for (const { from, to } of troubles) {
    const over = to + settle * MS
    if (from <= end && over >= call) ms += (Math.min(over, end + settle * MS) - Math.max(from, call)) / MS
  }
  return ms
}
