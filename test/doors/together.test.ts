// Several frameworks on one session, as when a shop moves from one to another, or has two behind one proxy.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { cookieOf } from '../support/http.ts'
import { ownRedis } from '../support/own-redis.ts'
import { type Framework, idIn, openShop, type Routes, type Shop } from './framework.ts'
import { expressFramework, expressSessionFramework } from './frameworks/express.ts'
import { fastifyFramework } from './frameworks/fastify.ts'
import { fetchFramework } from './frameworks/fetch.ts'
import { honoFramework } from './frameworks/hono.ts'
import { koaFramework } from './frameworks/koa.ts'

const FRAMEWORKS = [
  expressSessionFramework,
  expressFramework,
  fastifyFramework,
  koaFramework,
  honoFramework,
  fetchFramework,
]
const PAIRS = FRAMEWORKS.flatMap(one =>
  FRAMEWORKS.filter(other => other !== one).map(other => ({ one, other })),
)

const redis = ownRedis()
const shops = new Map<Framework, Shop>()
const shopOf = (framework: Framework) => shops.get(framework) as Shop

const DATA = { list: [1, { two: 'ü€' }], nothing: null, data: { data: 1 } }
const ROUTES: Routes = {
  '/store': ({ data }) => {
    Object.assign(data, DATA)
    return 'stored'
  },
}

describe('two frameworks on one Redis', () => {
  beforeAll(async () => {
    for (const framework of FRAMEWORKS) {
      const where = { prefix: 'together_', redis: { url: redis.url } }
      shops.set(framework, await openShop(framework, where, ROUTES, { maxAge: 3600 }))
    }
  })
  afterAll(() => Promise.all([...shops.values()].map(shop => shop.close())))

  describe.each(PAIRS)('$one.name and $other.name', ({ one, other }) => {
    test('read and write one session by one cookie', async () => {
      const [here, there] = [shopOf(one), shopOf(other)]
      const { cookie, id } = await here.visitor()
      expect((await there.ask('/add', cookie)).text).toBe('2')
      expect((await here.ask('/add', cookie)).text).toBe('3')
      await there.ask('/store', cookie)
      const { cookie: _, ...seen } = JSON.parse((await here.ask('/look', cookie)).text)
      expect(seen).toEqual({ n: 3, ...DATA })
      await here.atRest(id)
      await there.atRest(id)
    })

    test('count together what their requests add at the same time', async () => {
      const { cookie } = await shopOf(one).visitor()
      const adds = Array.from({ length: 20 }, (_, i) => shopOf(i % 2 ? one : other).ask('/add', cookie))
      for (const { status } of await Promise.all(adds)) expect(status).toBe(200)
      expect((await shopOf(one).ask('/add', cookie)).text).toBe('22')
    })

    test('a login at one is a login at the other, and a logout ends both', async () => {
      const [here, there] = [shopOf(one), shopOf(other)]
      const { cookie } = await here.visitor()
      const after = cookieOf(await here.ask('/login', cookie))
      expect(idIn(after ?? '')).not.toBe(idIn(cookie))
      expect((await there.ask('/who', after)).text).toBe('ada')
      expect((await there.ask('/logout', after)).text).toBe('bye')
      expect((await here.ask('/who', after)).text).toBe('undefined')
    })

    test('write nothing for the other one by reading only', async () => {
      const [here, there] = [shopOf(one), shopOf(other)]
      const { cookie, id } = await here.visitor()
      const before = (await here.sessions.inspect(id))?.writes
      expect((await there.ask('/look', cookie)).status).toBe(200)
      expect((await here.ask('/look', cookie)).status).toBe(200)
      expect((await here.sessions.inspect(id))?.writes).toBe(before)
    })
  })
})
