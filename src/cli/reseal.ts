import { PayloadError } from '../codec/codec.ts'
import { keyIdOf, writingKey } from '../codec/encryption.ts'
import { command, DONE, FAILED, WrongUse } from './command.ts'
import { atDesk, type Desk } from './desk.ts'
import { allGlances } from './glances.ts'
import { answer } from './output.ts'
import { facts } from './table.ts'
import { count } from './units.ts'

/**
 * `resealed` encrypted with the key that writes now · `current` it was already · `gone` it ended meanwhile · `busy` requests
 * wrote it each time it was to be replaced · `plaintext` it is not encrypted, and that is required · `unreadable` its key is
 * missing or a different one, or it is damaged
 */
type Resealed = 'resealed' | 'current' | 'gone' | 'busy' | 'plaintext' | 'unreadable'

export const reseal = command({
  usage: 'reseal',
  describe: 'Encrypts all sessions with the key that encrypts now: those of older keys, and plaintext',
  examples: [
    ['latchkey reseal --dry-run', 'counts, and writes nothing'],
    ['latchkey reseal', 'run again, it goes on where it stopped'],
  ],
  options: line =>
    line.option('dry-run', {
      type: 'boolean',
      default: false,
      describe: 'Count what would be done, and write nothing',
    }),
  run: given =>
    atDesk(given, async desk => {
      const { dryRun } = given
      const key = writingKey(desk.options.encryption.keys, Date.now())?.id
      if (key === undefined) throw new WrongUse('encryption.keys has no key that encrypts now')
      const counts = await all(desk, dryRun)
      const failed = counts.plaintext + counts.unreadable + counts.busy
      answer(given.json, { key, dryRun, ...counts, unreadableKeys: [...counts.unreadableKeys] }, () =>
        text(counts, key, dryRun),
      )
      return failed > 0 ? FAILED : DONE
    }),
})

type Counts = Record<Resealed, number> & { unreadableKeys: Set<string> }

async function all(desk: Desk, dryRun: boolean): Promise<Counts> {
  const counts: Counts = {
    ...{ resealed: 0, current: 0, gone: 0, busy: 0, plaintext: 0, unreadable: 0 },
    unreadableKeys: new Set(),
  }
  // It goes through the keys as every look at them does, and pauses for as long as it waited for Redis.
  for await (const glances of allGlances(desk)) {
    const names = glances.filter(({ session, bytes }) => session && bytes > 0).map(({ name }) => name)
    for (let at = 0; at < names.length; at += AT_ONCE) {
      const some = names.slice(at, at + AT_ONCE)
      const results = await Promise.all(some.map(name => one(desk, name, dryRun)))
      for (const { result, key } of results) {
        counts[result]++
        if (result === 'unreadable' && key !== undefined) counts.unreadableKeys.add(key)
      }
    }
  }
  return counts
}

/** Sessions that are read at a time. */
const AT_ONCE = 10
/** A session that requests write again and again is encrypted by them. */
const TRIES = 3

async function one(
  { overview, codec, replace }: Desk,
  name: string,
  dryRun: boolean,
): Promise<{ result: Resealed; key?: string | undefined }> {
  for (let tries = 0; tries < TRIES; tries++) {
    const payload = await overview.payload(name)
    if (!payload) return { result: 'gone' }
    const key = keyIdOf(payload)
    try {
      const by = codec.resealed(payload, name)
      if (!by) return { result: 'current' }
      if (dryRun || (await replace(name, payload, by))) return { result: 'resealed' }
    } catch (error) {
      if (!(error instanceof PayloadError)) throw error
      return { result: key === undefined ? 'plaintext' : 'unreadable', key }
    }
  }
  return { result: 'busy' }
}

function text(counts: Counts, key: string, dryRun: boolean): string {
  const some = (n: number, said: string) => (n === 0 ? undefined : `${count(n, 'session')} ${said}`)
  const ids = [...counts.unreadableKeys].map(id => JSON.stringify(id)).join(', ')
  return facts([
    [
      dryRun ? 'to encrypt' : 'encrypted',
      `${count(counts.resealed, 'session')}${dryRun ? '' : ` with the key ${key}`}`,
    ],
    ['already', some(counts.current, `with the key ${key}`)],
    ['ended', some(counts.gone, 'meanwhile')],
    ['busy', some(counts.busy, 'that requests wrote meanwhile: run it once more')],
    ['plaintext', some(counts.plaintext, 'that encryption.required refuses: set it to false for this run')],
    [
      'unreadable',
      some(counts.unreadable, `of the keys ${ids}: a key is missing or a different one, or they are damaged`),
    ],
  ])
}
