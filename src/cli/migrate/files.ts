import { opendir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { WrongUse } from '../command.ts'
import { type Foreign, parsed, ttlOf } from './source.ts'

/** Sessions of session-file-store: a folder with `<id>.json` for each. */
export async function* fromFolder(folder: string): AsyncIterable<Foreign> {
  for await (const { name } of await opendir(folder).catch(refuse(folder))) {
    if (!name.endsWith('.json')) continue
    const json = await readFile(join(folder, name), 'utf8').catch(() => undefined)
    yield {
      id: name.slice(0, -'.json'.length),
      json,
      ttl: json === undefined ? undefined : ttlOf(parsed(json)),
    }
  }
}

/** A dump of express-session's MemoryStore: `JSON.stringify(store.sessions)`, an object of ids and JSON texts. */
export async function* fromDump(file: string): AsyncIterable<Foreign> {
  const sessions = parsed(await readFile(file, 'utf8').catch(refuse(file)))
  if (typeof sessions !== 'object' || sessions === null || Array.isArray(sessions)) {
    throw new WrongUse(`${file} must hold a JSON object of ids and sessions`)
  }
  for (const [id, session] of Object.entries(sessions)) {
    const json = typeof session === 'string' ? session : JSON.stringify(session)
    yield { id, json, ttl: ttlOf(parsed(json)) }
  }
}

function refuse(path: string): (error: NodeJS.ErrnoException) => never {
  return error => {
    throw new WrongUse(`${path} cannot be read: ${error.message.split(',')[0]}`)
  }
}
