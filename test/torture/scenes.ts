import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { OptionsInput } from '../../src/index.ts'
import { check } from './checker.ts'
import { Chronicle, type Stay } from './chronicle.ts'
import { type Line, stamped } from './history.ts'
import { LIMITS, OPTIONS } from './lab.ts'
import { notesOf } from './notes.ts'
import { restOf } from './rest.ts'
import type { Violation } from './rules/rule.ts'
import { Server } from './server.ts'
import type { Notes, Subject } from './subject.ts'

/** A few requests in a fixed order, which the promise of this name must outlive. Each has sessions of its own. */
type Scene = (requests: Requests) => Promise<void>

/** Of the lock that is broken. */
export const WAITERS = 10

export const SCENES: Record<string, Scene> = {
  /** A slow holder's lock is broken; the one who broke it commits, and then the slow one. */
  async 'no update is lost'({ begin, open, commit }) {
    const session = await begin('slow')
    const slow = await open(session)
    const next = await open(session)
    await commit(next)
    await commit(slow)
    await commit(await open(session))
  },
  async 'no destroyed session comes back'({ begin, open, commit, destroy }) {
    const session = await begin('left')
    const holder = await open(session)
    await destroy(session)
    await commit(holder)
    await open(session)
  },
  /** All of them find the same dead holder in the same instant. */
  async 'a lock is broken by one waiter'({ begin, open, commit }) {
    const session = await begin('stuck')
    await open(session)
    const waiters = Array.from({ length: WAITERS }, async () => commit(await open(session)))
    await Promise.all(waiters)
  },
}

/** What a scene is told with. */
interface Requests {
  begin(name: string): Promise<string>
  open(session: string): Promise<Stay | undefined>
  commit(stay: Stay | undefined): Promise<void>
  destroy(session: string): Promise<void>
}

/** All scenes at once, and the checker's verdict. */
export async function play(
  open: (options: OptionsInput, notes: Notes) => Promise<Subject>,
): Promise<Violation[]> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-scenes-'))
  const server = new Server(folder)
  await server.start()
  const lines: Line[] = []
  const write: Parameters<typeof notesOf>[0] = entry => void lines.push(stamped(entry))
  const subject = await open({ ...OPTIONS, redis: { url: `unix://${server.path}` } }, notesOf(write))
  try {
    const requests = requestsOf(subject, new Chronicle(write, 'here', 1))
    await Promise.all(Object.values(SCENES).map(scene => scene(requests)))
    await pause(LIMITS.lease)
    const sessions = new Set(lines.flatMap(line => (line.line === 'call' ? [line.session] : [])))
    return check(lines, await restOf([server.admin], sessions, new Set()), LIMITS).violations
  } finally {
    await subject.close({ grace: 0 })
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

function requestsOf(subject: Subject, tells: Chronicle): Requests {
  const commit = async (stay: Stay | undefined, mode: 'exclusive' | 'create' = 'exclusive') => {
    if (stay) await tells.commit(stay, mode, false)
  }
  return {
    async begin(name) {
      const session = `session-of-a-scene-${name}`
      await commit({ session, grant: '', visit: subject.create(session, {}) }, 'create')
      return session
    },
    open: async session =>
      (await tells.open(session, 'exclusive', options => subject.open(session, options))).stay,
    commit: stay => commit(stay),
    destroy: async session => void (await tells.destroy(session, '', () => subject.destroy(session))),
  }
}
