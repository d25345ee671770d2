import type { Open } from '../story.ts'
import { diedAt, type Found, lossBetween, MS, type Rule, tell } from './rule.ts'

/** The lock of one request, granted once, is taken from it once. */
export const brokenOnce: Rule = story => {
  const first = new Map<string, (typeof story.tooks)[number]>()
  const found: Found[] = []
  for (const took of story.tooks) {
    const before = first.get(took.from)
    if (before && !mayBeGrantedAgain(story.byOp.get(took.from), before.asked)) {
      if (lossBetween(story, before.asked, took.at)) continue
      found.push({
        session: took.session,
        why: `the lock of ${took.from} was taken from it twice`,
        history: tell(story.byOp.get(took.from), before, took),
      })
    } else first.set(took.from, took)
  }
  return found
}

/** One that lost its lock before it came for it waits on, and asks again until it is answered. */
function mayBeGrantedAgain(holder: Open | undefined, lost: number): boolean {
  return holder !== undefined && (holder.end ?? Number.POSITIVE_INFINITY) > lost
}

/**
 * A holder may be broken when it has kept the lock for `breakAfter`, or when its process is no more, however it ended; its
 * lease lapses no sooner than it is long. How long it kept the lock is reckoned from when it surely did not have it yet.
 */
export const brokenTooYoung: Rule = (story, { lease, breakAfter }) => {
  const found: Found[] = []
  for (const took of story.tooks) {
    const holder = story.byOp.get(took.from)
    if (!holder || diedAt(story, holder.process) <= took.at) continue
    // With an old copy an old hold comes back, older than what its holder has been told since.
    if (lossBetween(story, holder.call, took.at, 'rollback')) continue
    const clock = story.troubles.some(({ name, from }) => name.includes('clock') && from <= took.at)
    const kept = took.at - notYetHeld(holder, took.asked)
    const limit = took.because === 'broken' ? breakAfter : clock ? 0 : lease
    if (kept >= (limit - ROUNDING_MS) * MS) continue
    found.push({
      session: took.session,
      why: `${took.from} had the lock for at most ${(kept / MS).toFixed(0)} ms and lived, and the lock was ${took.because}`,
      history: tell(holder, took),
    })
  }
  return found
}

/** A moment before the hold that another took. What its holder heard after the other had asked may be from after the loss. */
function notYetHeld({ call, looks }: Open, taken: number): number {
  return looks.reduce((latest, { asked, at }) => (at < taken ? Math.max(latest, asked) : latest), call)
}

// Redis reckons in whole milliseconds, at both ends.
const ROUNDING_MS = 2
