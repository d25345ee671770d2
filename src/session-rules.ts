import type { CommitRefused } from './events.ts'
import type { Mode } from './session/outcome.ts'
import type { Expected, Write } from './store.ts'

/** What a session knows of itself when it is asked for a step. */
export interface Known {
  mode: Mode
  /** A record of this id was read, or written. */
  stored: boolean
  destroyed: boolean
  /** It holds the lock, as far as it knows. */
  held: boolean
  /** It has found its lock lost. */
  lost: boolean
}

/** How a commit is to be written, or why it is not even tried. Pure, and tested as a table. */
export function commitMode({ mode, stored, destroyed, held, lost }: Known): CommitMode {
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
      return held || lost ? { mode: 'exclusive' } : { refused: 'not-locked' }
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

/**
 * What a release does: it gives the lock back, only touches the record, or does nothing. Pure, and tested as a table.
 *
 * @param touch whether the caller wants the record's life extended; undefined leaves it to the mode
 */
export function releaseStep(known: Omit<Known, 'lost'>, touch = known.mode !== 'readonly'): ReleaseStep {
  const { mode, stored, destroyed, held } = known
  const lives = stored && !destroyed && mode !== 'unrecorded' && mode !== 'moved' && mode !== 'ended'
  if (held) return { step: 'unlock', touches: lives && touch }
  // One that was to have the lock, and has it no more, keeps nothing alive.
  return { step: lives && touch && mode !== 'exclusive' ? 'touch' : 'nothing' }
}

export type ReleaseStep = { step: 'unlock'; touches: boolean } | { step: 'touch' | 'nothing' }

/**
 * How a session comes to the lock that it was opened without. Pure, and tested as a table.
 *
 * @param most the most that its visitor is given
 */
export function upgradeStep(
  { mode, stored, held }: Omit<Known, 'destroyed' | 'lost'>,
  most: Mode,
): UpgradeStep {
  if (most === 'unrecorded' || mode === 'moved' || mode === 'ended') return { step: 'refuse' }
  // Nobody else can have a lock that matters here.
  if (held || !stored || mode === 'unlocked')
    return { step: 'nothing', mode: mode === 'readonly' ? most : mode }
  return most === 'exclusive' ? { step: 'acquire' } : { step: 'reload', mode: most }
}

export type UpgradeStep =
  | { step: 'refuse' }
  /** It goes on in this mode as it is, or reads afresh first. */
  | { step: 'nothing' | 'reload'; mode: Mode }
  | { step: 'acquire' }

/** How the session of an old id is expected to be when it ends: as a commit to it would expect it. */
export function endMode(mode: Mode, locked: boolean): Expected['mode'] {
  if (mode === 'unlocked') return 'unlocked'
  return mode === 'exclusive' && locked ? 'exclusive' : 'optimistic'
}

/** Nothing that such a session does needs an end. */
export function isPassive(mode: Mode): boolean {
  return mode === 'readonly' || mode === 'unrecorded' || mode === 'moved' || mode === 'ended'
}

export function isEmpty(data: object): boolean {
  for (const _ in data) return false
  return true
}
