import type { Line } from './history.ts'
import { inOrder } from './rules/arrival.ts'
import { atRest } from './rules/at-rest.ts'
import { brokenOnce, brokenTooYoung } from './rules/breaking.ts'
import { countedOnce, oneCommitAGrant, refusedIsNotWritten, wholeOrNotAtAll } from './rules/commits.ts'
import { oneHolder } from './rules/exclusion.ts'
import { noLostUpdate } from './rules/lost-update.ts'
import { noResurrection } from './rules/resurrection.ts'
import type { AtRest, Limits, Rule, Violation } from './rules/rule.ts'
import { boundedWaits, busyOnlyWhenFull, everyCallIsAnswered, noCrash } from './rules/waits.ts'
import { type Story, storyOf } from './story.ts'

/** By the name of the promise that each decides. */
export const RULES: Record<string, Rule> = {
  'no update is lost': noLostUpdate,
  'nothing is written that was reported refused': refusedIsNotWritten,
  'what is read was written as a whole': wholeOrNotAtAll,
  'a commit is counted once, however often it was sent': countedOnce,
  'one grant, one commit': oneCommitAGrant,
  'one holder at a time, and only the holder commits': oneHolder,
  'a lock is broken by one waiter': brokenOnce,
  'no healthy holder is broken': brokenTooYoung,
  'no destroyed session comes back': noResurrection,
  'waiters are served in order of arrival': inOrder,
  'waits are bounded': boundedWaits,
  'every call is answered': everyCallIsAnswered,
  'no process ends by itself': noCrash,
  'nobody is refused while there is room in the queue': busyOnlyWhenFull,
  'at rest nothing is held, nobody waits, every key ends': atRest,
}

export interface Verdict {
  story: Story
  violations: Violation[]
}

/**
 * Decides every promise. Pure: histories and what Redis holds at rest come in, violations come out, each promise's
 * shortest history first.
 *
 * It reports only proven violations: what the histories leave open, such as the order of two operations that overlap, is
 * assumed to be as no promise is broken.
 */
export function check(lines: Line[], rest: AtRest, limits: Limits): Verdict {
  const story = storyOf(lines)
  const violations = Object.entries(RULES).flatMap(([promise, rule]) =>
    rule(story, limits, rest)
      .map(found => ({ promise, ...found }))
      .sort((a, b) => a.history.length - b.history.length),
  )
  return { story, violations }
}

export function shortest(violations: Violation[]): Violation | undefined {
  return [...violations].sort((a, b) => a.history.length - b.history.length)[0]
}

export function explain({ promise, session, why, history }: Violation): string {
  return [`BROKEN  ${promise}`, `        ${session}: ${why}`, ...history.map(line => `  ${line}`)].join('\n')
}
