import { command, DONE, FAILED, WrongUse } from './command.ts'
import { atDesk, type Desk } from './desk.ts'
import { fromConnectRedis } from './migrate/connect-redis.ts'
import { type Converted, converter } from './migrate/convert.ts'
import { fromDump, fromFolder } from './migrate/files.ts'
import type { Foreign } from './migrate/source.ts'
import { answer, createProgress } from './output.ts'
import { facts } from './table.ts'
import { count } from './units.ts'

const SOURCES = ['connect-redis', 'express-session-file', 'memory-dump'] as const

export const migrate = command({
  usage: 'migrate',
  describe: 'Converts the sessions of another store, so that visitors stay logged in',
  examples: [
    ['latchkey migrate --from connect-redis --dry-run', 'counts, and writes nothing'],
    ['latchkey migrate --from connect-redis', 'converts; run again, it goes on where it stopped'],
    ['latchkey migrate --from express-session-file --path ./sessions', 'of session-file-store'],
  ],
  options: line =>
    line
      .option('from', {
        choices: SOURCES,
        demandOption: true,
        requiresArg: true,
        describe: 'Where they are now',
      })
      .option('from-prefix', {
        type: 'string',
        default: 'sess:',
        requiresArg: true,
        describe: 'What the keys of connect-redis begin with',
      })
      .option('path', {
        type: 'string',
        requiresArg: true,
        describe: 'The folder of session-file-store, or the file of a memory dump',
      })
      .option('dry-run', {
        type: 'boolean',
        default: false,
        describe: 'Count what would be done, and write nothing',
      }),
  run: given =>
    atDesk(given, async desk => {
      const { from, path, fromPrefix, dryRun } = given
      if (desk.options.php) {
        throw new WrongUse(
          "with the option php the sessions of another store cannot be used: a browser sends their id in a signed cookie, and PHP's is not signed. Leave them to expire",
        )
      }
      const progress = createProgress(from === 'connect-redis' ? await desk.overview.size() : 0)
      const counts: Counts = {
        converted: 0,
        already: 0,
        expired: 0,
        unreadable: 0,
        malformed: 0,
        tooLarge: 0,
        differs: 0,
        other: 0,
      }
      const convert = converter(desk, dryRun)
      let through = 0
      const seen = (keys: number) => {
        through = keys
      }
      const other = () => {
        counts.other++
      }
      for await (const one of source(desk, from, path, fromPrefix, { seen, other })) {
        counts[await convert(one)]++
        progress.show(through, `${count(counts.converted, 'session')} converted`)
      }
      progress.clear()
      const failed = counts.unreadable + counts.tooLarge + counts.differs
      answer(given.json, { from, dryRun, ...counts }, () => text(counts, dryRun))
      return failed > 0 ? FAILED : DONE
    }),
})

/** `other`: keys under the prefix that hold no session of connect-redis. */
type Counts = Record<Converted | 'other', number>

function source(
  { overview, options }: Desk,
  from: (typeof SOURCES)[number],
  path: string | undefined,
  fromPrefix: string,
  { seen, other }: { seen: (keys: number) => void; other: () => void },
): AsyncIterable<Foreign> {
  if (from === 'connect-redis') {
    if (fromPrefix === options.prefix && options.naming === 'plain') {
      throw new WrongUse(
        'with naming "plain" and the same prefix both would use the same keys. Set adopt true instead: it converts each session when it is opened',
      )
    }
    return fromConnectRedis(overview.under(fromPrefix), seen, other)
  }
  if (path === undefined) throw new WrongUse(`--from ${from} needs --path`)
  return from === 'memory-dump' ? fromDump(path) : fromFolder(path)
}

function text(counts: Counts, dryRun: boolean): string {
  const some = (n: number, said: string) => (n === 0 ? undefined : `${count(n, 'session')} ${said}`)
  return facts([
    [
      dryRun ? 'to convert' : 'converted',
      `${count(counts.converted, 'session')}${dryRun ? '' : ', each read back and compared'}`,
    ],
    ['already there', some(counts.already, 'from an earlier run, or written by a visitor since')],
    ['expired', some(counts.expired, 'whose time is over')],
    ['unreadable', some(counts.unreadable, 'that are no JSON object')],
    ['malformed', some(counts.malformed, 'under an id that no session can have')],
    ['too large', some(counts.tooLarge, 'over maxSize')],
    [
      'left alone',
      counts.other === 0
        ? undefined
        : `${count(counts.other, 'key')} of the prefix that hold${counts.other === 1 ? 's' : ''} no session of connect-redis`,
    ],
    ['differ', some(counts.differs, 'that were read back otherwise than written')],
  ])
}
