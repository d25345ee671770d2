// What a door answers when the session cannot be had or stored, with a real framework on a real Redis.
import { expect, test } from '@jest/globals'
import { gate } from '../express-session/support.ts'
import { startRedis } from '../support/redis-server.ts'
import { eventsNamed, eventually } from '../support/sessions.ts'
import { type Framework, openShop, type RouteSession } from './framework.ts'

/** With servers of its own, that it stops. */
export function outage(framework: Framework): void {
  test('while Redis is away: 503 with Retry-After on opening as on committing, and nothing of the inside', async () => {
    const server = await startRedis()
    const goOn = gate()
    const changes = async ({ data }: RouteSession) => {
      await goOn.opened
      data.n = 2
      return { redirect: '/secret-place' }
    }
    const { redirectToThrow } = framework
    const shop = await openShop(
      framework,
      { redis: { url: server.url, commandTimeout: 1 } },
      {
        '/changes': changes,
        '/changes-and-throws': async session => {
          const { redirect } = await changes(session)
          if (redirectToThrow) throw redirectToThrow(redirect)
          return { redirect }
        },
      },
    )
    try {
      const { cookie } = await shop.visitor()
      const other = await shop.visitor()
      const committing = [shop.ask('/changes', cookie), shop.ask('/changes-and-throws', other.cookie)]
      await eventually(() => shop.sessions.counts.holding === 2)
      server.kill('SIGKILL')
      await eventually(() => !server.running)
      goOn.open()
      const answers = [
        ...(await Promise.all(committing)),
        await shop.ask('/look', cookie),
        await shop.ask('/begin'),
      ]
      for (const answer of answers) {
        expect(answer.status).toBe(503)
        expect(answer.headers['retry-after']).toBe('1')
        expect(answer.headers['set-cookie']).toBeUndefined()
        expect(answer.headers.location).toBeUndefined()
        expect(answer.text).toMatch(/try again/)
        expect(answer.text).not.toMatch(/redis|lock|sock|ECONN|store|session|error:|\.ts|\bat /i)
      }
      await server.restart()
      await eventually(async () => (await shop.ask('/begin')).status === 200)
      expect(eventsNamed(shop.events, 'store-down')).toHaveLength(1)
      const ups = eventsNamed(shop.events, 'store-up')
      expect(ups).toHaveLength(1)
      expect(ups[0]?.refused).toBeGreaterThanOrEqual(answers.length)
    } finally {
      goOn.open()
      await shop.close()
      await server.stop()
    }
  })

  test('an error of the session that a handler lets out is a 503 with Retry-After, as on opening', async () => {
    const server = await startRedis()
    const goOn = gate()
    const held = async (step: () => Promise<unknown>) => {
      entered += 1
      await goOn.opened
      await step()
      return 'done'
    }
    let entered = 0
    const shop = await openShop(
      framework,
      { redis: { url: server.url, commandTimeout: 1 } },
      {
        '/upgrades': { access: 'readonly', handle: session => held(() => session.upgrade()) },
        '/saves': {
          access: 'optimistic',
          handle: session =>
            held(() => {
              session.data.n = 2
              return session.save()
            }),
        },
        '/ends': { access: 'readonly', handle: session => held(() => session.destroy()) },
      },
    )
    try {
      const { cookie } = await shop.visitor()
      const asked = ['/upgrades', '/saves', '/ends'].map(path => shop.ask(path, cookie))
      await eventually(() => entered === asked.length)
      server.kill('SIGKILL')
      await eventually(() => !server.running)
      goOn.open()
      for (const answer of await Promise.all(asked)) {
        expect(answer.status).toBe(503)
        expect(answer.headers['retry-after']).toBe('1')
        expect(answer.headers['set-cookie']).toBeUndefined()
        if (!framework.showsErrors) expect(answer.text).not.toMatch(/redis|lock|sock|ECONN|\.ts|\bat /i)
      }
    } finally {
      goOn.open()
      await shop.close()
      await server.stop()
    }
  })

  test('so is one that came before the session ended well: too many wait, or another request was faster', async () => {
    const server = await startRedis()
    const goOn = gate()
    let entered = 0
    const held = async (step: () => Promise<unknown>) => {
      entered += 1
      await goOn.opened
      await step()
      return 'done'
    }
    const shop = await openShop(
      framework,
      { redis: { url: server.url }, maxConcurrency: 1 },
      {
        '/slow': () => held(async () => {}),
        '/upgrades': { access: 'readonly', handle: async session => String(await session.upgrade()) },
        '/saves': {
          access: 'optimistic',
          handle: async session => {
            session.data.n = 2
            await session.save()
            return 'saved'
          },
        },
        '/bug': { access: 'readonly', handle: () => Promise.reject(new Error('a bug of the shop')) },
      },
    )
    try {
      const { cookie, id } = await shop.visitor()
      const holder = shop.ask('/slow', cookie)
      await eventually(() => entered === 1)
      const waiter = shop.ask('/add', cookie)
      await eventually(async () => (await shop.sessions.inspect(id))?.waiters === 1)
      for (const path of ['/upgrades', '/saves']) {
        const answer = await shop.ask(path, cookie)
        expect(answer.status).toBe(503)
        expect(answer.headers['retry-after']).toBe('1')
        if (!framework.showsErrors) expect(answer.text).not.toMatch(/session|wait|lock|conflict|\.ts|\bat /i)
      }
      // What is none of the session's stays as it is.
      expect((await shop.ask('/bug', cookie)).status).toBe(500)
      goOn.open()
      expect((await holder).text).toBe('done')
      expect((await waiter).text).toBe('2')
    } finally {
      goOn.open()
      await shop.close()
      await server.stop()
    }
  })

  test('too many requests that wait are answered 503 with Retry-After at once', async () => {
    const server = await startRedis()
    const entered = gate()
    const goOn = gate()
    const shop = await openShop(
      framework,
      { redis: { url: server.url }, maxConcurrency: 1 },
      {
        '/slow': async ({ data }) => {
          entered.open()
          await goOn.opened
          data.n = 2
          return 'slow'
        },
      },
    )
    try {
      const { cookie, id } = await shop.visitor()
      const holder = shop.ask('/slow', cookie)
      await entered.opened
      const waiter = shop.ask('/add', cookie)
      await eventually(async () => (await shop.sessions.inspect(id))?.waiters === 1)
      const refused = await shop.ask('/add', cookie)
      expect(refused.status).toBe(503)
      expect(refused.headers['retry-after']).toBe('1')
      expect(refused.text).toMatch(/try again/)
      expect(refused.text).not.toMatch(/wait|session|lock|\(\d/i)
      goOn.open()
      expect((await holder).text).toBe('slow')
      expect((await waiter).text).toBe('3')
    } finally {
      goOn.open()
      await shop.close()
      await server.stop()
    }
  })
}
