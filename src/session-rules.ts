import type { CommitRefused } from './events.ts'
import type { Mode } from './session/outcome.ts'
import type { Expected, Write } from './store.ts'

/** What a session knows of itself when it is asked to commit. */
export interface Known {
  mode: Mode
  /** A record of this id was read, or written. */
  stored: boolean
  destroyed: boolean
  /** It holds the lock, or has lost it without being told who has it now. */
  locked: boolean
}

/** How a commit is to be written, or why it is not even tried. Pure, and tested as a table. */
export function commitMode({ mode, stored, destroyed, locked }: Known): CommitMode {
  switch (mode) {
    case 'unrecorded':
      return { refused: 'bot' }
    case 'moved':
      return { refused: 'moved' }
    case 'ended':
      return { refused: 'destroyed' }
    case 'readonly':
      return { refused: 'read-only' }
    case 'gave-up':
      return { refused: destroyed ? 'destroyed' : 'not-locked' }
    case 'exclusive':
      if (destroyed) return { refused: 'destroyed' }
      if (!stored) return { mode: 'create' }
      // A lock that is known to be lost is still asked for: the store knows who has it now.
      return locked ? { mode: 'exclusive' } : { refused: 'not-locked' }
    case 'optimistic':
    case 'unlocked':
      if (destroyed) return { refused: 'destroyed' }
      return { mode: stored ? mode : 'create' }
  }
}

export type CommitMode = { mode: Write['mode'] } | { refused: CommitRefused }

/** What becomes of a session once a commit of it was refused. */
export function isOver(reason: CommitRefused): boolean {
  return reason === 'destroyed' || reason === 'moved'
}

/** Whether it may extend the life of its record. */
export function mayTouch({ mode, stored, destroyed }: Omit<Known, 'locked'>): boolean {
  return stored && !destroyed && mode !== 'unrecorded' && mode !== 'moved' && mode !== 'ended'
}

/** How the session of an old id is expected to be when it ends: as a commit to it would expect it. */
export function endMode(mode: Mode, locked: boolean): Expected['mode'] {
  if (mode === 'unlocked') return 'unlocked'
  return mode === 'exclusive' && locked ? 'exclusive' : 'optimistic'
}

/**
 * Whether data from before a new id may still be read under the old one: a login adds to it. What a logout takes away is gone
 * for both.
 */
export function keepsAll(before: object, after: object): boolean {
  const kept = new Map(Object.entries(after))
  return Object.entries(before).every(
    // The cookie's settings are a door's, and no data of the visitor.
    ([key, value]) =>
      key === 'cookie' || (kept.has(key) && JSON.stringify(kept.get(key)) === JSON.stringify(value)),
  )
}

/** Whether a JSON text says the same as one of another program's making, which may escape more, or have blanks. */
export function isSameJson(text: string, source: string | undefined): boolean {
  return text === source || (source !== undefined && text === JSON.stringify(JSON.parse(source)))
}

/** Nothing that such a session does needs an end. */
export function isPassive(mode: Mode): boolean {
  return mode === 'readonly' || mode === 'unrecorded' || mode === 'moved' || mode === 'ended'
}

export function isEmpty(data: object): boolean {
  for (const _ in data) return false
  return true
}
