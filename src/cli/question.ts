import { createInterface } from 'node:readline/promises'
import { WrongUse } from './command.ts'

/** The option that answers the question beforehand. */
export const YES = { type: 'boolean', alias: 'y', default: false, describe: 'Do not ask' } as const

/**
 * Asks before something that cannot be undone.
 *
 * @param yes the answer was given with the command: nothing is asked
 * @throws {WrongUse} where there is no terminal to answer on
 */
export async function confirmed(question: string, yes: boolean): Promise<boolean> {
  if (yes) return true
  if (!process.stdin.isTTY) throw new WrongUse('no terminal to answer on: add --yes')
  const line = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await line.question(`${question} [y/N] `)).trim())
  } finally {
    line.close()
  }
}
