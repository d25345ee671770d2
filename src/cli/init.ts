import { access, writeFile } from 'node:fs/promises'
import { dirname, relative, resolve, sep } from 'node:path'
import { loadOptions } from '../config/load.ts'
import { OptionError } from '../config/option-error.ts'
import type { OptionsInput } from '../config/options.ts'
import { command, DONE, Failure } from './command.ts'
import { Interview } from './interview.ts'
import { answer } from './output.ts'

export const init = command({
  usage: 'init [file]',
  describe: 'Asks five questions and writes a config.json that your editor completes',
  examples: [
    ['latchkey init', 'writes config.json here'],
    ['latchkey init shop/sessions.json --yes', 'asks nothing and takes what is usual'],
  ],
  options: line =>
    line
      .positional('file', {
        type: 'string',
        default: 'config.json',
        describe: 'Where to write; it must not exist yet',
      })
      .option('yes', {
        type: 'boolean',
        alias: 'y',
        default: false,
        describe: 'Ask nothing: take what is usual',
      }),
  run: async given => {
    const file = resolve(given.file)
    if (
      await access(file).then(
        () => true,
        () => false,
      )
    ) {
      throw new Failure(`${given.file} is there already, and is left as it is.`)
    }
    const usual = { ...USUAL, redis: given.redis ?? USUAL.redis }
    const answers = given.yes ? usual : await asked(usual)
    const config = { $schema: schemaFor(file), ...configOf(answers) }
    loadOptions(config, process.env)
    await writeFile(file, `${JSON.stringify(config, null, 2)}\n`, { flag: 'wx' }).catch((error: Error) => {
      throw new Failure(`${given.file} cannot be written: ${error.message}.`)
    })
    answer(given.json, { file, config }, () => {
      const next = `createSessions(${JSON.stringify(given.file)}) reads it. Check the server with: latchkey doctor --config ${given.file}`
      return `Wrote ${given.file}. Every option is completed and explained by your editor.\n${next}`
    })
    return DONE
  },
})

const USUAL = { redis: 'redis://127.0.0.1:6379', prefix: 'sess_', php: 'no', hours: '24', slowest: '30' }
type Answers = typeof USUAL

/** In the order of asking. */
const QUESTIONS: readonly (readonly [keyof Answers, string])[] = [
  ['redis', 'Where is Redis? (redis://, rediss:// or unix:///)'],
  ['prefix', 'What do the keys of sessions begin with?'],
  ['php', 'Does PHP share these sessions? (yes or no)'],
  ['hours', 'After how many hours without a request does a session end?'],
  ['slowest', 'How many seconds may your slowest request take?'],
]

async function asked(usual: Answers): Promise<Answers> {
  const interview = new Interview()
  try {
    let answers = usual
    for (const [name, question] of QUESTIONS) {
      const given = (text: string): Answers => ({ ...answers, [name]: text })
      answers = given(await interview.ask(question, usual[name], text => complaint(name, given(text))))
    }
    return answers
  } finally {
    interview.close()
  }
}

function complaint(name: keyof Answers, answers: Answers): string | undefined {
  if (name === 'php' && !/^(y|yes|n|no)$/i.test(answers.php)) return 'Answer yes or no.'
  if ((name === 'hours' || name === 'slowest') && !(Number(answers[name]) > 0)) {
    return `Answer a number above 0, such as ${USUAL[name]}.`
  }
  if (name === 'redis' && hasPassword(answers.redis)) {
    return 'Keep the password out of the file: leave it away here, and put it into LATCHKEY_REDIS_PASSWORD.'
  }
  try {
    loadOptions(configOf(answers), {})
    return undefined
  } catch (error) {
    if (!(error instanceof OptionError)) throw error
    return error.message.replace(' (the code)', '')
  }
}

function hasPassword(url: string): boolean {
  return URL.canParse(url) && new URL(url).password !== ''
}

function configOf({ redis, prefix, php, hours, slowest }: Answers): OptionsInput {
  return {
    redis: { url: redis },
    prefix,
    naming: /^y/i.test(php) ? 'plain' : 'hashed',
    lifetime: Number(hours) * 3600,
    breakAfter: Number(slowest),
  }
}

/** From the file's folder to the package in the project's node_modules. */
function schemaFor(file: string): string {
  const path = relative(dirname(file), resolve('node_modules/latchkey/config.schema.json'))
    .split(sep)
    .join('/')
  return path.startsWith('.') ? path : `./${path}`
}
