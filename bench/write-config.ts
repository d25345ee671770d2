import { randomBytes } from 'node:crypto'
import { access, constants, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setKeys } from './json-text.ts'
import { Problem, systemSays } from './problem.ts'

type Config = Readonly<Record<string, string | number | null>>

/** Throws a `Problem` where `writeConfig` would. */
export async function checkConfig(path: string): Promise<void> {
  edited(path, await textOf(path), {})
  await writable(path, '--write')
  // The file is replaced, for which a right to its folder is enough; that it may not be written is somebody's wish.
  await openable(path, '--write')
}

export async function checkPage(path: string): Promise<void> {
  const about = await stat(path).catch(() => undefined)
  if (about?.isDirectory()) throw new Problem(`--html ${JSON.stringify(path)} is a folder.`)
  await (about ? openable(path, '--html') : writable(path, '--html'))
}

/** Puts `config` in, and leaves the rest of the file as it is. All or nothing: the file is replaced in one step. */
export async function writeConfig(path: string, config: Config): Promise<void> {
  const text = await textOf(path)
  const changed = text === undefined ? `${JSON.stringify(config, null, 2)}\n` : edited(path, text, config)
  if (changed === text) return
  // Through a link, so that it stays one.
  const target = await realpath(path).catch(() => path)
  const draft = join(dirname(target), `.${randomBytes(6).toString('hex')}.tmp`)
  try {
    const mode = await stat(target).then(
      about => about.mode & 0o777,
      () => 0o666,
    )
    const file = await open(draft, 'wx', mode)
    try {
      if (text !== undefined) await file.chmod(mode)
      await file.writeFile(changed)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, target)
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {})
    cannotBeWritten(path, '--write', error)
  }
}

/** undefined where there is no such file yet. */
async function textOf(path: string): Promise<string | undefined> {
  try {
    if (!(await stat(path)).isFile()) throw new Problem(`--write ${JSON.stringify(path)} is no file.`)
    const bytes = await readFile(path)
    const text = bytes.toString()
    if (!Buffer.from(text).equals(bytes))
      throw new Problem(`--write ${JSON.stringify(path)} is no text in UTF-8: it was left as it is.`)
    return text
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    if (error instanceof Problem) throw error
    throw new Problem(`--write ${JSON.stringify(path)} cannot be read: ${systemSays(error)}.`)
  }
}

function edited(path: string, text: string | undefined, config: Config): string {
  if (text === undefined) return ''
  const changed = setKeys(text, config)
  if (changed !== undefined) return changed
  throw new Problem(`--write ${JSON.stringify(path)}: expected a JSON object. The file was left as it is.`)
}

/** A file can be made there. */
async function writable(path: string, option: string): Promise<void> {
  const target = await realpath(path).catch(() => path)
  await access(dirname(target), constants.W_OK).catch(error => cannotBeWritten(path, option, error))
}

/** The file that is there, if any, may be written. */
async function openable(path: string, option: string): Promise<void> {
  try {
    // Opened for reading too, as a pipe without a reader would keep us waiting.
    await (await open(path, 'r+')).close()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') cannotBeWritten(path, option, error)
  }
}

function cannotBeWritten(path: string, option: string, error: unknown): never {
  throw new Problem(`${option} ${JSON.stringify(path)} cannot be written: ${systemSays(error)}.`)
}
