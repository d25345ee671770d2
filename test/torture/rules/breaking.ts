import { type Found, lossBetween, MS, type Rule, tell } from './rule.ts'

export const brokenOnce: Rule = story => {
  const first = new Map<string, (typeof story.tooks)[number]>()
  const found: Found[] = []
  for (const took of story.tooks) {
    const before = first.get(took.from)
    // One that lost its lock before it came for it waits on, and may be granted it again.
    const again = before && (story.byOp.get(took.from)?.grantedAfter ?? 0) > before.at
    if (before && !again && !lossBetween(story, before.at, took.at)) {
      found.push({
        session: took.session,
        why: `the lock of ${took.from} was taken from it twice`,
        history: tell(story.byOp.get(took.from), before, took),
      })
    } else first.set(took.from, took)
  }
  return found
}

/**
 * A holder may be broken when it has kept the lock for `breakAfter`, or when its process is dead; its lease lapses no sooner
 * than it is long. How long it kept the lock is reckoned from when it surely did not have it yet.
 */
export const brokenTooYoung: Rule = (story, { lease, breakAfter }) => {
  const found: Found[] = []
  for (const took of story.tooks) {
    const holder = story.byOp.get(took.from)
    // It may have been taken before the holder's last question, and granted to it again only after that.
    if (!holder || holder.grantedAfter > took.asked) continue
    const death = story.deaths.get(holder.process) ?? Number.POSITIVE_INFINITY
    if (death <= took.at) continue
    const clock = story.troubles.some(({ name, from }) => name.includes('clock') && from <= took.at)
    const kept = took.at - holder.grantedAfter
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

// Redis reckons in whole milliseconds, at both ends.
const ROUNDING_MS = 2
