import { bySession, destroyBetween, type Found, lossBetween, type Rule, tell } from './rule.ts'

/** What was written and then destroyed before its answer came is gone: to call it refused is no lie. */
export const refusedIsNotWritten: Rule = story => {
  const found = new Map<string, Found>()
  const destroys = bySession(story.destroys)
  for (const read of story.opens) {
    const commit = read.seen && story.byMarker.get(read.seen.last)
    if (commit?.outcome !== 'refused' || found.has(commit.marker)) continue
    const { session, call, end = call } = commit
    if (destroyBetween(destroys.get(session), call, end) && read.call < end) continue
    const why = `${commit.marker} was refused (${commit.why}), and is there`
    found.set(commit.marker, { session: read.session, why, history: tell(commit, read) })
  }
  return [...found.values()]
}

export const wholeOrNotAtAll: Rule = story =>
  story.opens
    .filter(read => read.seen?.torn)
    .map(read => ({ session: read.session, why: 'nobody wrote this list of markers', history: tell(read) }))

/** Each commit adds one marker, and the store counts commits: more of these than markers, and one was counted twice. */
export const countedOnce: Rule = story => {
  const found: Found[] = []
  for (const read of story.opens) {
    if (!read.seen || read.seen.torn || read.seen.count === read.seen.writes) continue
    const { count, writes, last } = read.seen
    const why = `${count} markers are there, and the store counts ${writes} commits`
    found.push({ session: read.session, why, history: tell(story.byMarker.get(last), read) })
  }
  for (const commit of story.commits) {
    if (commit.outcome !== 'written' || commit.writes === commit.depth) continue
    if (lossBetween(story, commit.call, commit.end ?? commit.call)) continue
    const why = `${commit.marker} is number ${commit.depth}, and was counted as number ${commit.writes}`
    found.push({
      session: commit.session,
      why,
      history: tell(story.byOp.get(commit.grant), commit),
    })
  }
  return found
}

/** A commit that does not keep the lock is the last of its grant. */
export const oneCommitAGrant: Rule = story => {
  const found: Found[] = []
  const ended = new Map<string, (typeof story.commits)[number]>()
  for (const [, commits] of bySession(story.commits)) {
    for (const commit of commits) {
      if (commit.outcome !== 'written' || commit.mode === 'optimistic' || commit.grant === '') continue
      const first = ended.get(commit.grant)
      if (first && first.session === commit.session) {
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
