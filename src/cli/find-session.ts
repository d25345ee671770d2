import type { Glance } from '../redis/overview.ts'
import { isRecordName, isWellFormed, recordName, shortHash, shortHashOf } from '../session-id.ts'
import { Failure } from './command.ts'
import type { Desk } from './desk.ts'
import { createProgress } from './output.ts'
import { count } from './units.ts'

/** The argument that names one session, as `findSession` takes it. */
export const SESSION = {
  type: 'string',
  demandOption: true,
  describe: 'An id, a cookie value, a key, or the short hash that log lines show',
} as const

export interface FoundSession {
  name: string
  /** What log lines call it. */
  hash: string
  glance: Glance
}

/** What log lines say in place of an id. */
const HASH = /^[A-Za-z0-9_-]{10}$/

/**
 * The session that a person means: by its id, its cookie's value, its key, its record's name, or the short hash of log lines.
 * A hash is searched for among all keys.
 *
 * @throws {Failure} where there is none, or more than one
 */
export async function findSession(desk: Desk, argument: string): Promise<FoundSession> {
  const { overview, options } = desk
  const { naming } = options
  const said = argument.replace(/^id:/, '')
  const found = (glance: Glance) => ({ name: glance.name, hash: hashOf(glance.name, naming), glance })
  for (const glance of await overview.glance(namesFor(said, options))) {
    if (glance.kind !== 'missing') return found(glance)
  }
  if (!HASH.test(said)) {
    throw new Failure(
      `there is no session ${JSON.stringify(said.slice(0, 10))}… under the prefix ${options.prefix}; it may have expired.`,
    )
  }
  const names = await namesOfHash(desk, said)
  const there = (await overview.glance(names)).filter(({ kind }) => kind !== 'missing')
  const [first, ...more] = there
  if (!first) throw new Failure(`no session has the hash ${said}; it may have expired.`)
  if (more.length > 0)
    throw new Failure(`${count(there.length, 'session')} have the hash ${said}: give the whole name.`)
  return found(first)
}

/** What log lines call the session of this name. A name that is no hash is an id, of which nothing is shown. */
export function hashOf(name: string, naming: Naming): string {
  return isRecordName(name, naming) ? shortHashOf(name, naming) : shortHash(name)
}

type Naming = Desk['options']['naming']

/** The key, where it holds no id: an id is a visitor's password for as long as the session lives. */
export function keyOf({ overview, options }: Desk, name: string): string | null {
  return options.naming === 'hashed' && isRecordName(name, 'hashed') ? `${overview.prefix}${name}` : null
}

/** The names that this text may stand for, the likelier first. */
function namesFor(said: string, { prefix, naming }: Desk['options']): string[] {
  const name = said.startsWith(prefix) ? said.slice(prefix.length) : said
  const id = idIn(said)
  const names = [
    ...(isRecordName(name, naming) ? [name] : []),
    ...(isWellFormed(id, naming) ? [recordName(id, naming)] : []),
  ]
  return [...new Set(names)]
}

/** A cookie's value is `s:<id>.<signature>`, perhaps percent-encoded. */
function idIn(said: string): string {
  return /^s(?::|%3A)([^.]+)\./i.exec(said)?.[1] ?? said
}

async function namesOfHash({ overview, options }: Desk, hash: string): Promise<string[]> {
  const progress = createProgress(await overview.size())
  const found = new Set<string>()
  // A hashed name begins with its short hash: Redis looks for it.
  const begin = options.naming === 'hashed' ? hash : ''
  let through = 0
  for await (const names of overview.names(begin, keys => {
    through = keys
  })) {
    // biome-ignore format: one step
    for (const name of names) if (hashOf(name, options.naming) === hash) found.add(name)
    progress.show(through, `looking for ${hash}`)
  }
  progress.clear()
  return [...found]
}
