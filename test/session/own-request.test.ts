// A request never waits for a lock that it holds itself, and what `use` opens always ends.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Session } from '../../src/index.ts'
import { asRequestOf } from '../../src/session/own-request.ts'
import { storedIn, type Watched, watchedSessions } from '../support/sessions.ts'

let watched: Watched

beforeAll(async () => {
  watched = await watchedSessions({ store: 'memory' })
})
afterAll(() => watched.sessions.close({ grace: 0 }))

const dataOf = async (id: string) => (await watched.sessions.open(id, { access: 'readonly' })).data
const count = (session: Session) => {
  session.data.n = 2
}
const loop = (session: Session) => {
  session.data.self = session.data
}
const SELF_WAIT = { code: 'SELF_WAIT', message: expect.stringMatching(/GET inner.*GET outer/) }

test('open, update and upgrade of the session that the request holds are refused at once, and name both requests', async () => {
  const { sessions } = watched
  const id = await storedIn(sessions, { n: 1 })
  const reader = await sessions.open(id, { access: 'readonly', request: 'GET inner' })
  await sessions.use(id, { request: 'GET outer' }, async session => {
    session.data.n = 7
    await expect(sessions.open(id, { request: 'GET inner' })).rejects.toMatchObject(SELF_WAIT)
    await expect(sessions.update(id, () => {}, { request: 'GET inner' })).rejects.toMatchObject(SELF_WAIT)
    await expect(reader.upgrade()).rejects.toMatchObject(SELF_WAIT)
    const beside = await sessions.open(id, { access: 'readonly' })
    expect(beside.data).toEqual({ n: 1 })
  })
  expect(await dataOf(id)).toEqual({ n: 7 })
})

test('another session, another request, and the same session once the lock is given back are opened as ever', async () => {
  const { sessions } = watched
  const [id, other] = [await storedIn(sessions, { n: 1 }), await storedIn(sessions, { n: 1 })]
  const session = await sessions.open(id)
  await asRequestOf(
    () => session,
    async () => {
      await (await sessions.open(other)).release()
      await session.release()
      await (await sessions.open(id)).release()
    },
  )
  expect(sessions.counts).toEqual({ holding: 0, waiting: 0 })
})

test('use commits what changed, writes nothing where nothing did, and releases where work throws', async () => {
  const { sessions } = watched
  const id = await storedIn(sessions, { n: 1 })
  expect(await sessions.use(id, {}, session => session.data.n)).toBe(1)
  expect((await sessions.inspect(id))?.writes).toBe(1)
  await sessions.use(id, {}, count)
  const failing = sessions.use(id, {}, session => {
    session.data.n = 3
    throw new Error('work failed')
  })
  await expect(failing).rejects.toThrow('work failed')
  expect(await dataOf(id)).toEqual({ n: 2 })
  await sessions.use(id, {}, session => session.destroy())
  expect(await sessions.inspect(id)).toBeUndefined()
  const cyclic = sessions.use(null, {}, loop)
  await expect(cyclic).rejects.toMatchObject({ code: 'COMMIT_REFUSED' })
  expect(sessions.counts).toEqual({ holding: 0, waiting: 0 })
})
