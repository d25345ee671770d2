import type { Commit, Open, Story } from '../story.ts'
import {
  bySession, destroyBetween, diedAt, type Found, type Limits, lossBetween, MS, type Rule, tell, troubleBetween,
} from './rule.ts' // biome-ignore format: one glance

/**
 * Two requests may run at once after a break or a lapse, and then only the later one can commit.
 *
 *  1. Two grants overlap though nobody took the lock from the first, and it was too young for that.
 *  2. A holder was granted the lock, another was granted it after that, and the first commits all the same.
 */
export const oneHolder: Rule = (story, limits) => {
  const found: Found[] = []
  const destroys = bySession(story.destroys)
  const commits = new Map<string, Commit[]>()
  for (const commit of story.commits) {
    if (commit.outcome !== 'written' || commit.mode !== 'exclusive') continue
    const group = commits.get(commit.grant)
    if (group) group.push(commit)
    else commits.set(commit.grant, [commit])
  }
  const takenFrom = new Set(
    story.tooks
      .filter(({ from, at }) => at >= (story.byOp.get(from)?.grantedAfter ?? 0))
      .map(({ from }) => from),
  )
  for (const [session, opens] of bySession(story.opens.filter(isGrant))) {
    const grants = opens.sort((a, b) => end(a) - end(b))
    for (const [i, first] of grants.entries()) {
      const letGo = first.ended ?? diedAt(story, first.process)
      for (const second of grants.slice(i + 1)) {
        if (end(second) >= letGo) break
        if (second.grantedAfter < end(first)) continue
        const [from, to] = [first.call, end(second)]
        if (lossBetween(story, from, to) || destroyBetween(destroys.get(session), from, to)) continue
        const late = commits.get(first.op)?.find(commit => commit.call > to)
        if (late) {
          const why = `${second.op} was granted the lock while ${first.op} had it, and ${first.op} commits later`
          found.push({ session, why, history: tell(first, second, late) })
        } else if (!takenFrom.has(first.op) && !mayBeTaken(story, first, second, limits)) {
          const why = `both hold the lock, and nobody took it from ${first.op}`
          found.push({ session, why, history: tell(first, second) })
        }
      }
    }
  }
  return found
}

function isGrant(open: Open): boolean {
  return open.outcome === 'granted'
}

function end(operation: Open | Commit): number {
  return operation.end ?? Number.POSITIVE_INFINITY
}

/**
 * The one who took it may have died, or its answer been lost, before it could write that down; and of those who find a lease
 * lapsed, in time or by a jump of the clock, some do not say so.
 */
function mayBeTaken(story: Story, first: Open, second: Open, { lease, breakAfter, settle }: Limits): boolean {
  const jumped = story.troubles.some(({ name, from }) => name.includes('clock') && from <= end(second))
  if (jumped) return true
  const kept = end(second) - first.grantedAfter
  if (kept >= lease * MS && silentBetween(story, first, second)) return true
  const disturbed = troubleBetween(story, first.grantedAfter, end(second), settle)
  return disturbed && kept >= Math.min(lease, breakAfter) * MS
}

/** An optimistic commit that was written, and who was refused since too many wait. */
function silentBetween({ commits, opens }: Story, { session, grantedAfter }: Open, second: Open): boolean {
  const isBetween = (each: Open | Commit) =>
    each.session === session && each.call < end(second) && end(each) > grantedAfter
  return (
    commits.some(each => each.mode === 'optimistic' && each.outcome !== 'refused' && isBetween(each)) ||
    opens.some(each => each.outcome === 'busy' && isBetween(each))
  )
}
