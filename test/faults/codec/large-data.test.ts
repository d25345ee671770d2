// Data that is compressed off the event loop: what may happen meanwhile.
import { describe, expect, test } from '@jest/globals'
import { dataOf, LARGE, stored } from '../../codec/sessions.ts'
import { USABLE_NAMES } from '../../codec/support.ts'
import { watchedSessions } from '../../support/sessions.ts'

const FAILURES: string[] = ['compression-failed', 'commit-refused', 'record-unreadable', 'store-failed']

describe('data large enough to block the event loop', () => {
  test.each(USABLE_NAMES)(
    'is stored as it was at commit, whatever is changed meanwhile: %s',
    async compression => {
      const { sessions, events } = await watchedSessions({ store: 'memory', compression })
      const session = await sessions.open()
      session.data = structuredClone(LARGE)
      const committing = session.commit()
      ;(session.data as typeof LARGE).items.length = 1
      session.data.late = true
      expect(await committing).toEqual({ written: true, writes: 1 })
      expect(await dataOf(sessions, session.id)).toEqual(LARGE)
      expect((await sessions.inspect(session.id))?.compression).toBe(compression)
      expect(events.filter(({ event }) => FAILURES.includes(event))).toEqual([])
      await sessions.close()
    },
  )

  test('is looked at without blocking the event loop', async () => {
    const { sessions } = await watchedSessions({ store: 'memory', compression: 'lzf' })
    const id = await stored(sessions, LARGE)
    let turns = 0
    const turning = setInterval(() => {
      turns += 1
    }, 0)
    // lzf works in slices, and lets others have their turn between them.
    expect(await sessions.inspect(id)).toMatchObject({ bytes: JSON.stringify(LARGE).length })
    clearInterval(turning)
    expect(turns).toBeGreaterThan(0)
    await sessions.close()
  })

  test('keeps the lock until it is written', async () => {
    const { sessions } = await watchedSessions({ store: 'memory' })
    const id = await stored(sessions, LARGE)
    const first = await sessions.open(id)
    const second = sessions.open(id)
    first.data.by = 'the first'
    const [, next] = await Promise.all([first.commit(), second])
    expect(next.data.by).toBe('the first')
    expect(next.locked).toBe(true)
    await next.release()
    await sessions.close()
  })

  test('is gone where its request destroys the session while it is stored', async () => {
    const { sessions } = await watchedSessions({ store: 'memory' })
    const session = await sessions.open(await stored(sessions, LARGE))
    session.data.more = true
    const committing = session.commit()
    await session.destroy()
    await committing
    expect(await sessions.inspect(session.id)).toBeUndefined()
    await sessions.close()
  })
})
