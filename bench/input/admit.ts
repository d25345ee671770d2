import { unpack } from 'latchkey/codec'
import { count } from '../units.ts'
import { BUDGET, LARGEST } from './input.ts'
import { looksLikeSession } from './recognise.ts'

export interface Candidate {
  /** As stored: plain, or with a library's tag. */
  readonly payload: Buffer
  /** Known to be a session by where it was found, or because the user says so. */
  readonly trusted: boolean
}

export interface Admitted {
  /** Decompressed. */
  readonly sessions: readonly Buffer[]
  readonly damaged: number
  readonly notes: readonly string[]
}

/** What is a session, decompressed by its tag, until there is as much as can be measured. */
export async function admit(candidates: readonly Candidate[]): Promise<Admitted> {
  const sessions: Buffer[] = []
  let [bytes, damaged, tooLarge, unlike, beyond] = [0, 0, 0, 0, 0]
  for (const { payload, trusted } of candidates) {
    const session = bytes < BUDGET ? await unpacked(payload) : null
    if (session === null) beyond++
    else if (session === undefined) damaged++
    else if (session.length > LARGEST) tooLarge++
    else if (session.length === 0 || (!trusted && !looksLikeSession(session))) unlike++
    else {
      sessions.push(session)
      bytes += session.length
    }
  }
  const notes = [
    damaged > 0 ? `Left out: ${count(damaged, 'session')} that no library here can decompress.` : '',
    tooLarge > 0 ? `Left out: ${count(tooLarge, 'session')} of more than 1 MB, decompressed.` : '',
    unlike > 0
      ? `Left out: ${count(unlike, 'payload')} without the looks of a session: JSON, PHP or igbinary (--any takes them).`
      : '',
    beyond > 0 ? `Left out: ${count(beyond, 'session')}, as 24 MB are measured.` : '',
  ]
  return { sessions, damaged, notes: notes.filter(note => note !== '') }
}

/** Bytes: a session that is too large to be measured is told from one that is damaged, and a bomb does no harm. */
const MOST = 32 * 2 ** 20

async function unpacked(payload: Buffer): Promise<Buffer | undefined> {
  try {
    return await unpack(payload, MOST)
  } catch {
    return undefined
  }
}
