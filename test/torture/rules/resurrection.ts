import type { Commit, Open, Story, Trouble } from '../story.ts'
import { bySession, type Found, lossBetween, MS, type Rule, tell } from './rule.ts'

interface End {
  /** A session that existed before this … */
  from: number
  /** … is gone after that, … */
  to: number
  /** … and is not read any more after that. */
  unread: number
  act: Story['destroys'][number] | Trouble
}

/**
 * A life begins with the commit that creates the session. One that was there before a destroy began is not there after the
 * destroy has ended, neither for a reader nor for a commit. Redis coming back without its data is a destroy of everything.
 *
 * The commit that creates a session is sent again when its reply is lost. What was destroyed remembers that and refuses it;
 * a Redis that has lost its data cannot.
 */
export const noResurrection: Rule = (story, { moved }) => {
  const everything: End[] = story.troubles
    .filter(({ loss }) => loss === 'all')
    .map(act => ({ from: act.from, to: act.to, unread: act.to, act }))
  const destroys = bySession(story.destroys.filter(({ done }) => done))
  const reads = bySession(story.opens.filter(({ seen }) => seen))
  const commits = bySession(story.commits.filter(({ outcome }) => outcome === 'written'))
  const found: Found[] = []
  for (const session of new Set([...reads.keys(), ...commits.keys()])) {
    const ends = [
      ...everything,
      ...(destroys.get(session) ?? []).map(act => {
        const to = act.end ?? act.call
        return { from: act.call, to, unread: act.moves ? to + moved * MS : to, act }
      }),
    ]
    if (ends.length === 0) continue
    found.push(...revived(story, session, ends, reads.get(session) ?? [], commits.get(session) ?? []))
  }
  return found
}

function revived(story: Story, session: string, ends: End[], reads: Open[], commits: Commit[]): Found[] {
  const lives = new Map<string, (Open | Commit)[]>()
  const see = (life: string, act: Open | Commit) => {
    const acts = lives.get(life)
    if (acts) acts.push(act)
    else lives.set(life, [act])
  }
  for (const read of reads) if (read.seen && !read.seen.torn) see(read.seen.life, read)
  for (const commit of commits) see(commit.life, commit)
  const found: Found[] = []
  for (const [life, acts] of lives) {
    const first = acts.reduce((a, b) => (endOf(b) < endOf(a) ? b : a))
    const over = ends.filter(({ from }) => from > endOf(first)).sort((a, b) => a.to - b.to)[0]
    if (!over) continue
    const late = acts.find(act => act.call > ('access' in act ? over.unread : over.to))
    if (!late || rolledBack(story, over.from, late) || begunAgain(story, life, over, late)) continue
    const why = `the session that began with ${life} is there again after it was destroyed`
    found.push({ session, why, history: tell(first, over.act, late) })
  }
  return found
}

/** An old copy of everything may have come back with the server. */
function rolledBack(story: Story, from: number, { call, end = call }: Open | Commit): boolean {
  return lossBetween(story, from, end)?.loss === 'rollback'
}

/** Its creating commit was under way still, and came to a server that did not know it any more. */
function begunAgain(story: Story, life: string, over: End, { call, end = call }: Open | Commit): boolean {
  const creating = story.byMarker.get(life)
  if (!creating || (creating.outcome !== 'unknown' && (creating.end ?? 0) < over.from)) return false
  return lossBetween(story, over.from, end) !== undefined
}

function endOf({ call, end = call }: Open | Commit): number {
  return end
}
