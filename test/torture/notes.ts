import type { Entry } from './history.ts'
import type { Notes } from './subject.ts'

/** Writes down what a subject tells. */
export function notesOf(write: (entry: Entry) => void): Notes {
  return {
    looked: (op, asked, holder) => write({ line: 'look', op, asked, holder }),
    took: (op, asked, from, because) => write({ line: 'took', op, asked, from, because }),
  }
}
