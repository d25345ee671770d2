// The end of a process: what its running requests have changed is stored before the handler is closed.
import { describe, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import type { Session } from '../../src/session.ts'
import { startRedis } from '../support/redis-server.ts'
import { storedIn, type Watched, watchedSessions } from '../support/sessions.ts'
import { ownHandlers, stored, waiting } from './support.ts'

const { handler } = ownHandlers()
const pause = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))

const dataOf = async ({ sessions }: Watched, id: string) =>
  (await sessions.open(id, { access: 'readonly' })).data

const GRACE = 5
/** What tells a close that waited for nobody from one that waited for its whole grace. */
const SOON = 1000

/** A close that is under way, and whether it is over. */
function closing({ sessions }: Watched, grace = GRACE) {
  const began = performance.now()
  const state = { over: false, took: 0 }
  const closed = sessions.close({ grace }).then(() => {
    state.over = true
    state.took = performance.now() - began
  })
  return { state, closed }
}

async function commitInGrace(own: Watched, session: Session) {
  const { state, closed } = closing(own)
  await pause(30)
  expect(state.over).toBe(false)
  session.data.user = 'ann'
  const outcome = await session.commit()
  await closed
  expect(state.took).toBeLessThan(SOON)
  return outcome
}

describe('close lets a running request commit', () => {
  const OPENED: [string, (own: Watched, id: string) => Promise<Session>][] = [
    ['that holds the lock', ({ sessions }, id) => sessions.open(id)],
    [
      'that has logged somebody in',
      async ({ sessions }, id) => {
        const session = await sessions.open(id)
        await session.regenerate()
        return session
      },
    ],
    ['of a first visit', ({ sessions }) => sessions.open()],
    [
      'of a framework that makes its own ids',
      async ({ sessions }) => sessions.create('own-id-of-the-framework'),
    ],
    ['that is optimistic', ({ sessions }, id) => sessions.open(id, { access: 'optimistic' })],
    [
      'that has committed and goes on',
      async ({ sessions }, id) => {
        const session = await sessions.open(id)
        await session.commit({ keep: true })
        return session
      },
    ],
    [
      'that was upgraded',
      async ({ sessions }, id) => {
        const session = await sessions.open(id, { access: 'readonly' })
        await session.upgrade()
        return session
      },
    ],
  ]

  test.each(OPENED)('%s', async (_, open) => {
    const [own, other] = [await handler(), await handler()]
    const session = await open(own, await stored(other))
    expect(await commitInGrace(own, session)).toMatchObject({ written: true })
    expect(await dataOf(other, session.id)).toMatchObject({ user: 'ann' })
    expect(await other.sessions.inspect(session.id)).toMatchObject({ holder: undefined })
  })

  test('where locking is off', async () => {
    const own = await handler({ locking: false })
    const session = await own.sessions.open(await stored(own))
    expect(await commitInGrace(own, session)).toMatchObject({ written: true })
  })

  test('whose change takes its time in `update`, after a conflict too', async () => {
    const [own, other] = [await handler(), await handler()]
    const id = await stored(other)
    let ran = 0
    const updated = own.sessions.update(id, async data => {
      ran += 1
      if (ran === 1) await other.sessions.update(id, theirs => void Object.assign(theirs, { other: 1 }))
      await pause(100)
      data.own = 1
    })
    await pause(50)
    const { closed } = closing(own)
    expect(await updated).toMatchObject({ written: true })
    await closed
    expect(ran).toBe(2)
    expect(await dataOf(other, id)).toMatchObject({ own: 1, other: 1 })
  })
})

describe('while it closes', () => {
  test('a session that is open can be upgraded and get a new id', async () => {
    const [own, other] = [await handler(), await handler()]
    const [first, second] = [await stored(other), await stored(other)]
    const running = await own.sessions.open(await stored(other))
    const reader = await own.sessions.open(first, { access: 'readonly' })
    const login = await own.sessions.open(second)
    const { closed } = closing(own)
    expect(await reader.upgrade()).toBe(true)
    await running.release()
    await login.regenerate()
    await pause(50)
    expect(await login.commit()).toMatchObject({ written: true })
    await pause(50)
    expect(await reader.commit()).toMatchObject({ written: true })
    await closed
  })

  test.each(['before', 'after'])('an upgrade that began %s it waits for its lock', async when => {
    const [own, other] = [await handler(), await handler()]
    const id = await stored(other)
    const held = await other.sessions.open(id)
    const reader = await own.sessions.open(id, { access: 'readonly' })
    const running = await own.sessions.open()
    let closed: Promise<void> | undefined
    if (when === 'after') ({ closed } = closing(own))
    const upgraded = reader.upgrade()
    await waiting(other, id, 1)
    closed ??= closing(own).closed
    await running.release()
    await pause(50)
    await held.release()
    expect(await upgraded).toBe(true)
    expect(await reader.commit()).toMatchObject({ written: true })
    await closed
  })

  test('requests that come, and those that wait, are refused', async () => {
    const [own, other] = [await handler(), await handler()]
    const id = await stored(other)
    const held = await other.sessions.open(id)
    const running = await own.sessions.open()
    const waits = own.sessions.open(id)
    const refused = expect(waits).rejects.toMatchObject({ code: 'CLOSED', status: 503 })
    await waiting(other, id, 1)
    const { closed } = closing(own)
    await refused
    await expect(own.sessions.open(id)).rejects.toMatchObject({ code: 'CLOSED' })
    await running.release()
    await closed
    await held.release()
  })
})

describe('close waits for nobody', () => {
  const ENDED: [string, (own: Watched, id: string) => Promise<unknown>][] = [
    [
      'who only reads, and drops the session',
      ({ sessions }, id) => sessions.open(id, { access: 'readonly' }),
    ],
    ['who has committed', async ({ sessions }, id) => (await sessions.open(id)).commit()],
    ['who has released', async ({ sessions }, id) => (await sessions.open(id)).release()],
    ['who has destroyed', async ({ sessions }, id) => (await sessions.open(id)).destroy()],
    ['who stored nothing in a new session', async ({ sessions }) => (await sessions.open()).commit()],
    [
      'whose commit was refused',
      async ({ sessions }, id) => {
        const session = await sessions.open(id, { access: 'optimistic' })
        await sessions.update(id, () => {})
        await session.commit()
        return session
      },
    ],
    [
      'who updated a session that is not there',
      ({ sessions }) => sessions.update('nobody-knows-this-id', () => {}),
    ],
    [
      'whose upgrade found the session gone',
      async ({ sessions }, id) => {
        const session = await sessions.open(id, { access: 'readonly' })
        await sessions.destroy(id)
        await session.upgrade()
        return session
      },
    ],
  ]

  test.each(ENDED)('%s', async (_, act) => {
    const own = await handler()
    const kept = await act(own, await stored(own))
    const { state, closed } = closing(own)
    await closed
    expect(state.took).toBeLessThan(SOON)
    return kept as never
  })
})

test('close waits for its grace and no longer, and what comes then is told so', async () => {
  const [own, other] = [await handler(), await handler()]
  const id = await stored(other)
  const held = await own.sessions.open(id)
  const login = await own.sessions.open()
  login.data.user = 'ann'
  const { state, closed } = closing(own, 0.3)
  await closed
  expect(state.took).toBeGreaterThanOrEqual(290)
  expect(state.took).toBeLessThan(SOON)
  await expect(login.commit()).rejects.toMatchObject({ code: 'CLOSED' })
  expect(held.locked).toBe(false)
  await expect(held.upgrade()).rejects.toMatchObject({ code: 'CLOSED' })
  expect(await other.sessions.inspect(id)).toMatchObject({ holder: undefined })
})

test('close ends though the server is frozen, and the client that was given waits for ever', async () => {
  const server = await startRedis()
  const { sessions } = await watchedSessions({}, { client: new Redis({ path: server.path }) })
  try {
    const held = await sessions.open(await storedIn(sessions))
    server.kill('SIGSTOP')
    await sessions.close({ grace: 0 })
    expect(held.locked).toBe(false)
  } finally {
    server.kill('SIGCONT')
    await server.stop()
  }
})
