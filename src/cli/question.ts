import { createInterface } from 'node:readline/promises'
import { WrongUse } from './command.ts'

/**
 * Asks before something that cannot be undone.
 *
 * @param yes the answer was given with the command: nothing is asked
 * @throws {WrongUse} where nobody can answer
 */
export async function confirmed(question: string, yes: boolean): Promise<boolean> {
  if (yes) return true
  if (!process.stdin.isTTY) throw new WrongUse('nobody can answer here: add --yes')
  const line = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await line.question(`${question} [y/N] `)).trim())
  } finally {
    line.close()
  }
}
