import type { Commit, Story } from '../story.ts'
import { bySession, destroyBetween, type Found, lossBetween, type Rule, tell } from './rule.ts'

/**
 * A commit may run and its reply be lost. Sent again, it is rightly refused where what it wrote is gone by then: destroyed, or
 * lost by Redis. Whoever asked before the refusal may have read it all the same; and with an old copy, which a master that was
 * cut off also is, it comes back.
 */
export const refusedIsNotWritten: Rule = story => {
  const found = new Map<string, Found>()
  const destroys = bySession(story.destroys)
  for (const read of story.opens) {
    const commit = read.seen && story.byMarker.get(read.seen.last)
    if (commit?.outcome !== 'refused' || found.has(commit.marker)) continue
    const { session, call, end = call } = commit
    if (lossBetween(story, call, end, 'rollback')) continue
    const gone = destroyBetween(destroys.get(session), call, end) ?? lossBetween(story, call, end)
    if (gone && read.call < end) continue
    const why = `${commit.marker} was refused (${commit.why}), and is there`
    found.set(commit.marker, { session: read.session, why, history: tell(commit, read) })
  }
  return [...found.values()]
}

export const wholeOrNotAtAll: Rule = story =>
  story.opens
    .filter(read => read.seen?.torn)
    .map(read => ({ session: read.session, why: 'nobody wrote this list of markers', history: tell(read) }))

/**
 * Each commit adds one marker, and the store counts commits: more of these than markers, and one was counted twice. A holder
 * that survives a loss of data with its lock commits what it has read on top of an older version, and every later commit of
 * that session has this difference too.
 */
export const countedOnce: Rule = story => {
  const found: Found[] = []
  const isExcused = excusesOf(story)
  for (const read of story.opens) {
    if (!read.seen || read.seen.torn || read.seen.count === read.seen.writes) continue
    const { count, writes, last } = read.seen
    if (isExcused(last, read.end ?? read.call)) continue
    const why = `${count} markers are there, and the store counts ${writes} commits`
    found.push({ session: read.session, why, history: tell(story.byMarker.get(last), read) })
  }
  for (const commit of story.commits) {
    if (commit.outcome !== 'written' || commit.writes === commit.depth) continue
    if (isExcused(commit.marker, commit.end ?? commit.call)) continue
    const why = `${commit.marker} is number ${commit.depth}, and was counted as number ${commit.writes}`
    found.push({
      session: commit.session,
      why,
      history: tell(story.byOp.get(commit.grant), commit),
    })
  }
  return found
}

/** Whether data were lost between a commit that led to this marker and the one before it, so that they need not fit. */
function excusesOf(story: Story): (marker: string, seen: number) => boolean {
  const known = new Map<string, boolean>()
  return (marker, seen) => {
    const commits: Commit[] = []
    let excused: boolean | undefined
    for (
      let at = story.byMarker.get(marker);
      at && excused === undefined;
      at = story.byMarker.get(at.parent)
    ) {
      excused = known.get(at.marker)
      commits.push(at)
    }
    // From the first on.
    for (const commit of commits.reverse()) {
      const since = story.byMarker.get(commit.parent)?.call ?? commit.call
      excused ||= lossBetween(story, since, commit.end ?? seen) !== undefined
      if (commit.end !== undefined) known.set(commit.marker, excused)
    }
    return excused ?? false
  }
}

/** A commit that does not keep the lock is the last of its grant, unless an old copy brings its lock back. */
export const oneCommitAGrant: Rule = story => {
  const found: Found[] = []
  const ended = new Map<string, (typeof story.commits)[number]>()
  for (const [, commits] of bySession(story.commits)) {
    for (const commit of commits) {
      if (commit.outcome !== 'written' || commit.mode === 'optimistic' || commit.grant === '') continue
      const first = ended.get(commit.grant)
      if (
        first &&
        first.session === commit.session &&
        !lossBetween(story, first.call, commit.end ?? commit.call)
      ) {
        const why = `${commit.marker} was written after ${first.marker} had ended the grant of both`
        found.push({
          session: commit.session,
          why,
          history: tell(story.byOp.get(commit.grant), first, commit),
        })
      } else if (!commit.keep) ended.set(commit.grant, commit)
    }
  }
  return found
}
