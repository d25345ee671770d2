import type { ArgumentsCamelCase, Argv } from 'yargs'

/** One command of the line: what it takes, and what it does with that. */
export interface Command {
  /** As yargs has it: `inspect <session>`. */
  readonly usage: string
  readonly describe: string
  /** A line to type, and what it does. */
  readonly examples: readonly (readonly [string, string])[]
  /** Adds its options; the answer runs the command with what was given, and resolves to the exit code. */
  readonly build: (line: Argv<Common>) => { line: Argv; run: (given: never) => Promise<number> }
}

/** What every command takes. */
export interface Common {
  config: string | undefined
  redis: string | undefined
  json: boolean
}

/** Lets TypeScript infer what a command's options are. */
export function command<Given>(
  parts: Omit<Command, 'build'> & {
    options: (line: Argv<Common>) => Argv<Given>
    run: (given: ArgumentsCamelCase<Given>) => Promise<number>
  },
): Command {
  const { options, run, ...rest } = parts
  return { ...rest, build: line => ({ line: options(line) as Argv, run }) }
}

/** Exit codes: it is as asked; it is not, or could not be done; the line or the configuration is wrong. */
export const DONE = 0
export const FAILED = 1
export const WRONG_USE = 2

/** The line or the configuration is wrong: told in one sentence, with exit code 2. */
export class WrongUse extends Error {}

/** What was asked for cannot be done: told in one sentence, with exit code 1. */
export class Failure extends Error {}
