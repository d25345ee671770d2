import { bySession, destroyBetween, type Found, type Rule, tell, troubleBetween } from './rule.ts'

/**
 * Who knew that it was in the queue before another had asked is granted the lock before that other. While a fault is at work
 * this does not hold: a waiter that cannot be heard is passed over, and keeps its place. Nor does it for one whose turn came
 * and whose lock was taken before it came for it.
 */
export const inOrder: Rule = (story, { settle }) => {
  const found: Found[] = []
  const destroys = bySession(story.destroys)
  const granted = story.opens.filter(({ outcome }) => outcome === 'granted')
  for (const [session, opens] of bySession(granted)) {
    const served = opens.sort((a, b) => (a.end ?? 0) - (b.end ?? 0))
    for (const [i, overtaken] of served.entries()) {
      const { queued, call, end = call } = overtaken
      if (queued === undefined || troubleBetween(story, call, end, settle)) continue
      if (destroyBetween(destroys.get(session), call, end)) continue
      if (story.tooks.some(({ from, asked }) => from === overtaken.op && asked < end)) continue
      for (let j = i - 1; j >= 0; j -= 1) {
        const other = served[j] as (typeof served)[number]
        if ((other.end ?? 0) < queued) break
        if (other.call <= queued) continue
        const why = `${overtaken.op} was in the queue when ${other.op} came, and ${other.op} was served first`
        found.push({ session, why, history: tell(overtaken, other) })
      }
    }
  }
  return found
}
