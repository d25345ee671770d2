/** One problem with the options. */
export interface Problem {
  /** Dotted name, such as `redis.port`; null if a whole file or a variable is the problem. */
  option: string | null
  /** What was expected and what came, in one sentence. */
  message: string
}

/**
 * Thrown for options that cannot be used; the message has one line for each problem. It never has a `cause`: the
 * errors of JSON.parse quote the file, which may hold a password.
 */
export class OptionError extends Error {
  /** The same for every `OptionError`. */
  readonly code = 'OPTION_INVALID'
  /** The option of the first problem; null if that is a whole file or a variable. */
  readonly option: string | null
  /** Every problem that was found. */
  readonly problems: readonly Problem[]

  /** @internal */
  constructor(problems: readonly Problem[]) {
    super(problems.map(({ message }) => message).join('\n'))
    this.name = 'OptionError'
    this.option = problems[0]?.option ?? null
    this.problems = problems
  }
}
