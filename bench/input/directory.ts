import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Problem, systemSays } from '../problem.ts'
import { randomFrom, shuffled } from '../random.ts'
import { count } from '../units.ts'
import { admit } from './admit.ts'
import { banded } from './bands.ts'
import { BUDGET, type Input, LARGEST } from './input.ts'

/** Files, each the payload of a session. Which files, and what they hold, is told nobody. */
export async function fromDirectory(
  { dir, any, seed }: { dir: string; any: boolean; seed: number },
  step: (what: string) => void,
): Promise<Input> {
  const name = JSON.stringify(dir)
  const names = await readdir(dir, { withFileTypes: true }).catch(error => {
    throw new Problem(`--dir ${name} cannot be read: ${systemSays(error)}.`)
  })
  const files = shuffled(
    names
      .filter(entry => entry.isFile() || entry.isSymbolicLink())
      .map(entry => entry.name)
      .sort(),
    randomFrom(seed),
  )
  const payloads: Buffer[] = []
  let [bytes, tooLarge, unreadable, left] = [0, 0, 0, 0]
  for (const [at, file] of files.entries()) {
    if (at % 50 === 0) step(`reading file ${at + 1} of ${files.length}`)
    if (bytes >= BUDGET) {
      left = files.length - at
      break
    }
    const path = join(dir, file)
    const about = await stat(path).catch(() => undefined)
    if (about?.isDirectory()) continue
    if (about && about.size > LARGEST) tooLarge++
    else {
      const payload = about?.isFile() ? await readFile(path).catch(() => undefined) : undefined
      if (payload === undefined) unreadable++
      else payloads.push(payload)
      bytes += payload?.length ?? 0
    }
  }
  const admitted = await admit(payloads.map(payload => ({ payload, trusted: any })))
  const notes = [
    ...(tooLarge > 0 ? [`Left out: ${count(tooLarge, 'file')} of more than 1 MB.`] : []),
    ...(unreadable > 0 ? [`Left out: ${count(unreadable, 'file')} that cannot be opened.`] : []),
    ...(left > 0 ? [`Left out: ${count(left, 'file')}, as 24 MB are measured.`] : []),
    ...admitted.notes,
  ]
  if (admitted.sessions.length === 0) throw new Problem(nothing(name, files.length, notes))
  return {
    source: `${admitted.sessions.length} of ${count(files.length, 'file')} in a folder`,
    groups: banded(admitted.sessions),
    notes,
  }
}

function nothing(name: string, files: number, notes: readonly string[]): string {
  if (files === 0)
    return `--dir ${name} holds no files: put each session's payload into a file of its own there.`
  const why = notes.map(note => note.replace(/^Left out: |\.$/g, '')).join('; ')
  return `--dir ${name} holds ${count(files, 'file')}, and none of them is a session that can be read: ${why}.`
}
