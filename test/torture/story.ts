import type { Call, Committing, Line, Loss, OpenOutcome, ProcessState, Seen } from './history.ts'

/** One operation from its call to its end. Times in ns; `end` is undefined when its process died first. */
interface Operation {
  op: string
  process: string
  client: number
  session: string
  call: number
  end: number | undefined
}

export interface Open extends Operation {
  access: 'exclusive' | 'readonly' | 'optimistic' | 'update'
  outcome: OpenOutcome | undefined
  seen: Seen | undefined
  why: string | undefined
  /** When it first knew that it was in the queue. */
  queued: number | undefined
  /** Somebody else had the lock at some moment between the two. */
  looks: { asked: number; at: number }[]
  /** Its answer is a grant that came later than this: at its last look somebody else had the lock. */
  grantedAfter: number
  /** When it began to give up what it was granted. */
  ended: number | undefined
}

export interface Commit extends Operation, Committing {
  outcome: 'written' | 'refused' | 'unknown'
  writes: number | undefined
  why: string | undefined
}

export interface Destroy extends Operation {
  done: boolean
  /** The session lives on under another id. */
  moves: boolean
}

/** A process that is no more, and how it ended. */
export interface Death {
  at: number
  how: Extract<ProcessState, 'killed' | 'ended' | 'crashed'>
}

export interface Took {
  at: number
  /** It took the lock between these two moments. */
  asked: number
  by: string
  from: string
  session: string
  because: 'broken' | 'lapsed'
}

/** A fault from its beginning to the moment when it was undone. */
export interface Trouble {
  name: string
  from: number
  to: number
  loss: Loss | undefined
}

export interface Story {
  opens: Open[]
  commits: Commit[]
  destroys: Destroy[]
  tooks: Took[]
  troubles: Trouble[]
  byOp: Map<string, Open>
  byMarker: Map<string, Commit>
  /** Of each process that is no more. */
  deaths: Map<string, Death>
  ended: number
}

/** The histories of all processes as one story, each kind in the order of calls. */
export function storyOf(lines: Line[]): Story {
  const ordered = [...lines].sort((a, b) => a.at - b.at)
  const story: Story = {
    opens: [],
    commits: [],
    destroys: [],
    tooks: [],
    troubles: [],
    byOp: new Map(),
    byMarker: new Map(),
    deaths: new Map(),
    ended: ordered.at(-1)?.at ?? 0,
  }
  const pending = new Map<string, Open | Commit | Destroy>()
  for (const line of ordered) {
    switch (line.line) {
      case 'call':
        called(story, pending, line, line.at)
        break
      case 'end': {
        const operation = pending.get(line.op)
        if (operation) ended(story, operation, line)
        pending.delete(line.op)
        break
      }
      case 'look': {
        const open = story.byOp.get(line.op)
        if (!open) break
        open.queued ??= line.at
        open.looks.push({ asked: line.asked, at: line.at })
        open.grantedAfter = Math.max(open.grantedAfter, line.asked)
        break
      }
      case 'took':
        story.tooks.push({
          at: line.at,
          asked: line.asked,
          by: line.op,
          from: line.from,
          session: (story.byOp.get(line.op) ?? story.byOp.get(line.from))?.session ?? '',
          because: line.because,
        })
        break
      case 'trouble':
        troubled(story, line)
        break
      case 'process':
        died(story, line)
    }
  }
  return story
}

function called(story: Story, pending: Map<string, Open | Commit | Destroy>, call: Call, at: number): void {
  const { op, process, client, session } = call
  const operation = { op, process, client, session, call: at, end: undefined }
  switch (call.what) {
    case 'open': {
      const unknown = { outcome: undefined, seen: undefined, why: undefined }
      const open: Open = {
        ...operation, ...unknown, access: call.access, queued: undefined, looks: [], grantedAfter: at, ended: undefined,
      } // biome-ignore format: a record
      story.opens.push(open)
      story.byOp.set(op, open)
      pending.set(op, open)
      return
    }
    case 'commit': {
      const { grant, mode, marker, parent, life, depth, keep } = call
      const said = { grant, mode, marker, parent, life, depth, keep, writes: undefined, why: undefined }
      const commit: Commit = { ...operation, ...said, outcome: 'unknown' }
      if (!keep) endGrant(story, grant, at)
      story.commits.push(commit)
      story.byMarker.set(marker, commit)
      pending.set(op, commit)
      return
    }
    case 'destroy': {
      const destroy: Destroy = { ...operation, done: false, moves: call.moves ?? false }
      endGrant(story, call.grant, at)
      story.destroys.push(destroy)
      pending.set(op, destroy)
      return
    }
    case 'release':
      endGrant(story, call.grant, at)
  }
}

function endGrant(story: Story, grant: string, at: number): void {
  const open = story.byOp.get(grant)
  if (open) open.ended ??= at
}

function ended(story: Story, operation: Open | Commit | Destroy, line: Extract<Line, { line: 'end' }>): void {
  operation.end = line.at
  const { what: _what, at: _at, wall: _wall, line: _line, op: _op, outcome, ...rest } = line
  if ('done' in operation) operation.done = outcome === 'done'
  else Object.assign(operation, { outcome }, rest)
  // A commit that was to keep the lock and is refused gives it back, at some moment since it was called.
  if ('keep' in operation && operation.keep && outcome !== 'written')
    endGrant(story, operation.grant, operation.call)
}

function died(story: Story, { process, state, at }: Extract<Line, { line: 'process' }>): void {
  if (state === 'killed' || state === 'ended' || state === 'crashed')
    story.deaths.set(process, { at, how: state })
}

function troubled(story: Story, line: Extract<Line, { line: 'trouble' }>): void {
  if (line.phase === 'begin') {
    const { name, at: from, loss } = line
    story.troubles.push({ name, from, to: Number.POSITIVE_INFINITY, loss })
    return
  }
  const trouble = story.troubles.findLast(each => each.name === line.name && each.to > line.at)
  if (trouble) trouble.to = line.at
}
