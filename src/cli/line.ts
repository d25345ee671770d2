import yargs, { type Argv } from 'yargs'
import { nearest } from '../config/nearest.ts'
import { type Command, type Common, WrongUse } from './command.ts'
import { docs, VERSION } from './package.ts'

/** What to run for these arguments; undefined where help or the version was all that was asked for. */
export async function chosen(
  args: readonly string[],
  commands: readonly Command[],
  elsewhere: readonly Pick<Command, 'usage' | 'describe'>[],
): Promise<(() => Promise<number>) | undefined> {
  let run: (() => Promise<number>) | undefined
  let known = false
  const line = frame().fail((message, error) => {
    throw error ?? new WrongUse(known ? plain(message) : suggesting(message, [...commands, ...elsewhere]))
  })
  for (const { usage, describe, examples, build } of commands) {
    const built: { run?: (given: never) => Promise<number> } = {}
    line.command(
      usage,
      describe,
      own => {
        known = true
        const made = build(own as Argv<Common>)
        built.run = made.run
        for (const [example, meaning] of examples) made.line.example(example, meaning)
        return made.line
      },
      given => {
        run = () => built.run?.(given as never) ?? Promise.resolve(0)
      },
    )
  }
  for (const { usage, describe } of elsewhere) line.command(usage, describe)
  try {
    await line.parseAsync(args.map(asArgument))
  } catch (error) {
    // yargs throws some complaints past `fail`.
    if (error instanceof Error && error.name === 'YError') throw new WrongUse(plain(error.message))
    throw error
  }
  return run
}

/** An id or a hash may begin with a dash, and would be taken for options: `id:` before it makes it an argument. */
function asArgument(arg: string): string {
  return /^-[A-Za-z0-9_,][A-Za-z0-9_,-]{8,}$/.test(arg) ? `id:${arg}` : arg
}

function plain(message: string): string {
  if (message.startsWith('Not enough non-option arguments')) return 'the session is missing'
  const missing = /^Missing required argument: (.+)$/.exec(message)?.[1]
  if (missing !== undefined) return `--${missing} is missing`
  const [, option, given, choices] = /Argument: (.+), Given: (.+), Choices: (.+)/.exec(message) ?? []
  return option === undefined ? message : `--${option}: expected one of ${choices}, got ${given}`
}

function frame(): Argv {
  return yargs()
    .scriptName('latchkey')
    .usage('latchkey <command>: looks after the sessions in your Redis')
    .locale('en')
    .updateStrings({
      'Unknown command: %s': { one: '"%s" is not expected here', other: '"%s" are not expected here' },
      'Unknown argument: %s': { one: '"%s" is not expected here', other: '"%s" are not expected here' },
      'Not enough arguments following: %s': '--%s needs a value',
      'Missing argument value: %s': { one: '--%s needs a value', other: '--%s need values' },
    } as never)
    .parserConfiguration({ 'parse-positional-numbers': false, 'duplicate-arguments-array': false })
    .option('config', {
      type: 'string',
      requiresArg: true,
      describe: 'The config.json of your shop (or LATCHKEY_CONFIG)',
    })
    .option('redis', {
      type: 'string',
      requiresArg: true,
      describe: 'Where Redis is: redis://, rediss:// or unix:/// (or LATCHKEY_REDIS_… and REDIS_URL)',
    })
    .option('json', { type: 'boolean', default: false, describe: 'Answer in JSON, for programs' })
    .help()
    .alias('help', 'h')
    .version(VERSION)
    .alias('version', 'v')
    .epilogue(
      `Exit codes: 0 done, 1 not done or not as it should be, 2 a wrong line or configuration.\nEach command with its output: ${docs('commands.md')}`,
    )
    .completion('completion', 'Prints a script that completes commands in bash or zsh')
    .demandCommand(1, 'a command is missing')
    .strict()
    .wrap(Math.min(process.stdout.columns ?? 100, 100))
    .exitProcess(false)
    .showHelpOnFail(false)
}

/** Without a command, what is not expected is a command that there is not. */
function suggesting(message: string, commands: readonly Pick<Command, 'usage'>[]): string {
  const said = /^"(.*)" (?:is|are) not expected here$/.exec(message)?.[1]?.split(', ')[0]
  if (said === undefined) return message
  const meant = nearest(
    said,
    commands.map(({ usage }) => usage.split(' ')[0] ?? ''),
  )
  return `"${said}" is not a command${meant === undefined ? '' : `: did you mean ${meant}?`}`
}
