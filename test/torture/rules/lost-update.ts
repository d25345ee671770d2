import type { Commit, Destroy, Open, Story } from '../story.ts'
import { bySession, destroyBetween, type Found, lossBetween, type Rule, tell } from './rule.ts'

/** One version of a session's data that was surely stored: a commit said so, or somebody read it. */
interface Version {
  marker: string
  commit: Commit | undefined
  /** The first to read it, where no commit said that it was written. */
  read: Open | undefined
  from: number
  to: number
}

/**
 * Every commit puts its marker behind the ones that it read, so the versions of a session are one chain.
 *
 *  1. Two stored versions of one depth: they were made from the same data, and one has overwritten the other.
 *  2. A read that began after a commit was reported written and does not reach as deep.
 *  3. A read of nothing, or of another life, though nobody destroyed what was reported written before.
 */
export const noLostUpdate: Rule = story => {
  const reads = bySession(
    story.opens.filter(open => open.access !== 'update' && (open.seen || open.outcome === 'missing')),
  )
  const commits = bySession(story.commits)
  const destroys = bySession(story.destroys)
  const found: Found[] = []
  for (const session of new Set([...reads.keys(), ...commits.keys()])) {
    const [read, written] = [reads.get(session) ?? [], commits.get(session) ?? []]
    found.push(...forks(story, session, read, written))
    found.push(...forgotten(story, session, read, written, destroys.get(session) ?? []))
  }
  return found
}

function forks(story: Story, session: string, reads: Open[], commits: Commit[]): Found[] {
  const versions = new Map<string, Version>()
  const found: Found[] = []
  const see = (life: string, depth: number, version: Version) => {
    const at = `${life} ${depth}`
    const known = versions.get(at)
    if (!known) versions.set(at, version)
    else if (known.marker !== version.marker) {
      if (lossBetween(story, Math.min(known.from, version.from), Math.max(known.to, version.to))) return
      found.push({
        session,
        why: `${known.marker} and ${version.marker} were made from the same data, and one overwrote the other`,
        history: tell(...origin(story, known), ...origin(story, version)),
      })
    }
  }
  for (const commit of commits) {
    if (commit.outcome !== 'written') continue
    const { marker, life, depth, call, end = call } = commit
    see(life, depth, { marker, commit, read: undefined, from: call, to: end })
  }
  for (const read of reads) {
    if (!read.seen || read.seen.torn) continue
    const { last, life, count } = read.seen
    const commit = story.byMarker.get(last)
    see(life, count, {
      marker: last,
      commit,
      read,
      from: commit?.call ?? read.call,
      to: read.end ?? read.call,
    })
  }
  return found
}

/** Where a version came from: what its commit had read, the commit, and the one who saw it. */
function origin(story: Story, { commit, read }: Version) {
  return [commit && story.byOp.get(commit.grant), commit, commit?.outcome === 'written' ? undefined : read]
}

function forgotten(
  story: Story,
  session: string,
  reads: Open[],
  commits: Commit[],
  destroys: Destroy[],
): Found[] {
  const acknowledged = commits
    .filter(commit => commit.outcome === 'written')
    .sort((a, b) => (a.end ?? 0) - (b.end ?? 0))
  const deepest = new Map<string, Commit>()
  const found: Found[] = []
  let last: Commit | undefined
  let next = 0
  for (const read of reads) {
    for (; acknowledged[next] && (acknowledged[next]?.end ?? 0) < read.call; next += 1) {
      last = acknowledged[next] as Commit
      const known = deepest.get(last.life)
      // What was written before a loss of data is excused by it, and must not hide what was written since.
      const isFirstSinceLoss = known && lossBetween(story, known.call, last.call)
      if (!known || known.depth < last.depth || isFirstSinceLoss) deepest.set(last.life, last)
    }
    const known = read.seen && deepest.get(read.seen.life)
    const to = read.end ?? read.call
    if (known && read.seen && known.depth > read.seen.count) {
      if (lossBetween(story, known.call, to)) continue
      const why = `${known.marker} was reported written as number ${known.depth}, and later only ${read.seen.count} are there`
      found.push({ session, why, history: tell(known, read) })
    } else if (last && !known) {
      if (lossBetween(story, last.call, to) || destroyBetween(destroys, last.call, to)) continue
      const now = read.seen
        ? `a session that began with ${read.seen.life} is in its place`
        : 'nothing is there'
      const why = `${last.marker} was reported written, nobody destroyed the session, and later ${now}`
      found.push({ session, why, history: tell(last, read) })
    }
  }
  return found
}
