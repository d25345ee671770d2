export interface Problem {
  /** Dotted name, or null where the trouble is a whole file. */
  option: string | null
  message: string
}

/**
 * Thrown for options that cannot be used; the message has one line for each problem. It never has a `cause`: the
 * errors of JSON.parse quote the file, which may hold a password.
 */
export class OptionError extends Error {
  readonly code = 'OPTION_INVALID'
  /** The option of the first problem. */
  readonly option: string | null
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super(problems.map(({ message }) => message).join('\n'))
    this.name = 'OptionError'
    this.option = problems[0]?.option ?? null
    this.problems = problems
  }
}
