// Changing a session from outside a request: no update is lost, and none is told as lost that was not.
import { describe, expect, test } from '@jest/globals'
import { eventsNamed, storedIn, watchedSessions } from './support/sessions.ts'

const count = (data: Record<string, unknown>) => {
  data.n = (data.n as number) + 1
}
const AT_ONCE = 80

describe.each([true, false])('with locking %s', locking => {
  const world = () => watchedSessions({ store: 'memory', locking })

  test('many updates at once are all written, and none is told as refused', async () => {
    const { sessions, events, lines } = await world()
    const id = await storedIn(sessions)
    const outcomes = await Promise.all(Array.from({ length: AT_ONCE }, () => sessions.update(id, count)))
    expect(outcomes.filter(({ written }) => !written)).toEqual([])
    expect((await sessions.open(id, { access: 'readonly' })).data).toEqual({ n: AT_ONCE })
    expect(eventsNamed(events, 'commit-refused')).toEqual([])
    expect(eventsNamed(events, 'conflict-retried').length).toBeGreaterThan(0)
    expect(lines.filter(({ level }) => (level as number) > 20)).toEqual([])
  })

  test('an update runs again where somebody has committed in between', async () => {
    const { sessions } = await world()
    const id = await storedIn(sessions)
    let ran = 0
    const updated = await sessions.update(id, async data => {
      if (++ran === 1) await sessions.update(id, count)
      count(data)
    })
    expect(updated).toEqual({ written: true, writes: 3 })
    expect((await sessions.open(id, { access: 'readonly' })).data).toEqual({ n: 2 })
  })

  test('an update of a session that goes meanwhile does not bring it back', async () => {
    const { sessions } = await world()
    const id = await storedIn(sessions)
    const updated = await sessions.update(id, async data => {
      await sessions.destroy(id)
      count(data)
    })
    expect(updated).toMatchObject({ written: false, reason: 'destroyed' })
    expect(await sessions.inspect(id)).toBeUndefined()
  })
})

test('an update that is refused to the last is told so, once', async () => {
  const { sessions, events } = await watchedSessions({ store: 'memory', botAccess: 'optimistic' })
  const id = await storedIn(sessions)
  const held = await sessions.open(id)
  const updated = await sessions.update(id, count, { userAgent: 'Googlebot/2.1' })
  expect(updated).toMatchObject({ written: false, reason: 'conflict', holder: { request: '' } })
  expect(eventsNamed(events, 'commit-refused')).toMatchObject([{ reason: 'conflict' }])
  await held.release()
})

test('an update that keeps the ladder of lifetimes: it counts what it has read last', async () => {
  const { sessions } = await watchedSessions({ store: 'memory' })
  const id = await storedIn(sessions)
  let ran = 0
  await sessions.update(id, async data => {
    if (++ran === 1) for (const _ of [1, 2, 3]) await sessions.update(id, count)
    count(data)
  })
  expect((await sessions.inspect(id))?.ttl).toBeGreaterThan(80_000)
})
