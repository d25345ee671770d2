import type { HandedOn } from '../store.ts'

/** An answer without the age of the next one's id, which depends on how long the test has taken. */
export function ageless<Answer extends HandedOn>(answer: Answer): Answer {
  if (!answer.next) return answer
  const { idAge: _, ...found } = answer.next.found
  return { ...answer, next: { ...answer.next, found } }
}
