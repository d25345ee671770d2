// The storefront as its operator and its other clients have it: starting, stopping, counting, refusing.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { startRedis } from '../support/redis-server.ts'
import {
  cookieOf,
  type ShopOn,
  type Storefront,
  spawnStorefront,
  startStorefront,
  startStorefrontOn,
  stopAll,
} from './support.ts'

afterAll(stopAll)

describe.each([{ store: 'redis' }, { store: 'memory' }])('on $store', ({ store }) => {
  let shop: ShopOn

  beforeAll(async () => {
    shop = await startStorefrontOn(store)
  })
  afterAll(() => shop?.stop())

  test('200 visits at once after the first are all counted', async () => {
    const first = await fetch(`${shop.url}/visits`)
    expect(await first.text()).toBe('1')
    const headers = { cookie: cookieOf(first) }
    const statuses: number[] = []
    let sent = 0
    const visitor = async () => {
      while (sent++ < 200) {
        const answer = await fetch(`${shop.url}/visits`, { headers })
        await answer.text()
        statuses.push(answer.status)
      }
    }
    await Promise.all(Array.from({ length: 50 }, visitor))
    expect(statuses).toEqual(Array(200).fill(200))
    expect(await (await fetch(`${shop.url}/visits`, { headers })).text()).toBe('202')
  })

  test('a request waits while another holds the session, and looking does not', async () => {
    const headers = { cookie: cookieOf(await fetch(`${shop.url}/visits`)) }
    const slow = fetch(`${shop.url}/slow?ms=1000`, { headers })
    let look = await lookAt(shop, headers)
    while (look.record?.holder === undefined) look = await lookAt(shop, headers)
    expect(look.store).toBe(store)
    expect(look.record.holder.request).toMatch(/^GET .*\/slow$/)

    const order: string[] = []
    const visit = fetch(`${shop.url}/visits`, { headers }).then(async answer => {
      order.push(`visit ${await answer.text()}`)
    })
    await slow.then(answer => answer.text()).then(() => order.push('slow'))
    await visit
    expect(order).toEqual(['slow', 'visit 2'])
  })

  test('looking at a session changes nothing in it', async () => {
    const headers = { cookie: cookieOf(await fetch(`${shop.url}/visits`)) }
    const { record: before } = await lookAt(shop, headers)
    for (let times = 0; times < 5; times += 1) await lookAt(shop, headers)
    await (await fetch(`${shop.url}/record`, { headers })).text()
    const { record: after } = await lookAt(shop, headers)
    expect([after?.writes, after?.touches]).toEqual([before?.writes, before?.touches])
    expect(after?.ttl).toBeLessThanOrEqual(before?.ttl ?? 0)
  })

  test('the record that scripts may read holds nothing that opens the session', async () => {
    const plain = await startStorefrontOn(store, { LATCHKEY_NAMING: 'plain' })
    try {
      for (const { url } of [shop, plain]) {
        const headers = { cookie: cookieOf(await fetch(`${url}/visits`)) }
        const [, id = ''] = /^sid=s%3A([^.]+)\./.exec(headers.cookie) ?? []
        expect(id).not.toBe('')
        const text = await (await fetch(`${url}/record.json`, { headers })).text()
        expect(text).toContain('"writes":1')
        expect(text).not.toContain(id)
      }
    } finally {
      await plain.stop()
    }
  })

  test('the race loses nothing on Latchkey, and work on express-session', async () => {
    const answer = await fetch(`${shop.url}/race`, { method: 'POST' })
    const lines = (await answer.text()).trim().split('\n')
    const results = lines.map(line => JSON.parse(line)).filter(({ result }) => result !== undefined)
    expect(results).toMatchObject([
      { lane: 'latchkey', result: { answered: 200, start: 1, end: 201, lost: 0 } },
      { lane: 'rival', result: { answered: 200, start: 1 } },
    ])
    expect(results[1].result.lost).toBeGreaterThan(0)
    const name = store === 'redis' ? 'connect-redis' : 'express-session'
    expect(await (await fetch(`${shop.url}/record`)).text()).toContain(`<h3>${name}</h3>`)
  })

  test('operators see that it is well, and how often requests waited', async () => {
    const health = await fetch(`${shop.url}/healthz`)
    expect([health.status, await health.json()]).toEqual([
      200,
      expect.objectContaining({ ok: true, holding: 0 }),
    ])
    expect(health.headers.getSetCookie()).toEqual([])
    const headers = { cookie: cookieOf(await fetch(`${shop.url}/visits`)) }
    await Promise.all(['/slow?ms=50', '/slow?ms=50'].map(path => fetch(shop.url + path, { headers })))
    const metrics = await (await fetch(`${shop.url}/metrics`)).text()
    expect(metrics).toMatch(/^latchkey_events_total\{.*lock-waited.*\} [1-9]\d*/m)
  })

  test('each product has a page, and the cart always shows something', async () => {
    const page = async (path: string) => (await fetch(shop.url + path)).text()
    expect(await page('/products/warded-key')).toContain('<h1>Warded key No. 7</h1>')
    expect((await fetch(`${shop.url}/products/__proto__`)).status).toBe(404)
    const cart = await page('/cart')
    expect(cart).toContain('Your cart is empty')
    expect(cart.match(/"Add to cart: [^"]+"/g)).toHaveLength(4)
  })

  test('a form sent from another site is refused, and one of a client that is no browser is not', async () => {
    const post = (headers: Record<string, string>) =>
      fetch(`${shop.url}/cart/add`, {
        method: 'POST',
        redirect: 'manual',
        body: new URLSearchParams({ product: 'warded-key' }),
        headers,
      }).then(answer => answer.status)
    expect(await post({ 'sec-fetch-site': 'cross-site' })).toBe(403)
    expect(await post({ 'sec-fetch-site': 'same-site' })).toBe(403)
    expect(await post({ origin: 'https://elsewhere.example' })).toBe(403)
    expect(await post({ origin: 'null' })).toBe(403)
    expect(await post({ 'sec-fetch-site': 'same-origin' })).toBe(303)
    expect(await post({ origin: shop.url })).toBe(303)
    expect(await post({})).toBe(303)
  })

  test.each([
    ['/cart/set', { product: 'warded-key', quantity: '-1' }, 422],
    ['/cart/set', { product: 'warded-key', quantity: '1.5' }, 422],
    ['/cart/set', { product: 'warded-key' }, 422],
    ['/cart/set', { product: 'constructor', quantity: '1' }, 404],
    ['/cart/add', { product: '__proto__' }, 404],
    ['/login', { name: 'Ada', password: 'guess' }, 422],
    ['/login', { name: ' ', password: 'open sesame' }, 422],
    ['/nowhere', {}, 404],
  ])('POST %s with %o is answered %i and stores nothing', async (path, body, status) => {
    const answer = await fetch(shop.url + path, { method: 'POST', body: new URLSearchParams(body) })
    expect(answer.status).toBe(status)
    expect(answer.headers.getSetCookie()).toEqual([])
  })
})

describe('behind a proxy that ends TLS', () => {
  const https = { 'x-forwarded-proto': 'https' }
  let shop: Storefront

  beforeAll(async () => {
    shop = await startStorefront({ TRUST_PROXY: 'loopback' })
  })
  afterAll(() => shop?.program.stop())

  test('visitors who come over HTTPS get a cookie of this host alone, and stay on HTTPS', async () => {
    const answer = await fetch(`${shop.url}/visits`, { headers: https })
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^__Host-sid=s%3A[^;]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/i),
    ])
    expect(answer.headers.get('strict-transport-security')).toMatch(/^max-age=\d{8}$/)
    const again = await fetch(`${shop.url}/visits`, { headers: { ...https, cookie: cookieOf(answer) } })
    expect(await again.text()).toBe('2')
  })

  test('a logout leaves nothing in their browser', async () => {
    const cookie = cookieOf(await fetch(`${shop.url}/visits`, { headers: https }))
    const headers = { ...https, cookie }
    const logout = await fetch(`${shop.url}/logout`, { method: 'POST', redirect: 'manual', headers })
    expect(logout.headers.get('clear-site-data')).toBe('"cookies", "storage"')
    expect(logout.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^__Host-sid=; Path=\/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure$/),
    ])
    expect(await (await fetch(`${shop.url}/visits`, { headers })).text()).toBe('1')
  })

  test('visitors who come over plain HTTP get neither', async () => {
    const answer = await fetch(`${shop.url}/visits`)
    expect(cookieOf(answer)).toMatch(/^sid=/)
    expect(answer.headers.get('strict-transport-security')).toBeNull()
  })

  test('without TRUST_PROXY, nobody is believed about HTTPS', async () => {
    const alone = await startStorefront()
    try {
      const answer = await fetch(`${alone.url}/visits`, { headers: https })
      expect(cookieOf(answer)).toMatch(/^sid=/)
    } finally {
      await alone.program.stop()
    }
  })
})

test('processes that share a secret and a Redis share the sessions', async () => {
  const redis = await startRedis()
  const env = { REDIS_URL: redis.url, SESSION_SECRET: 'one for both' }
  const [one, other] = await Promise.all([startStorefront(env), startStorefront(env)])
  try {
    const headers = { cookie: cookieOf(await fetch(`${one.url}/visits`)) }
    expect(await (await fetch(`${other.url}/visits`, { headers })).text()).toBe('2')
    expect(one.program.output).not.toMatch(/SESSION_SECRET/)
  } finally {
    await Promise.all([one.program.stop(), other.program.stop()])
    await redis.stop()
  }
})

test('while Redis is away every page says so, with 503 and when to come again', async () => {
  const redis = await startRedis()
  const shop = await startStorefront({ REDIS_URL: redis.url })
  try {
    const headers = { cookie: cookieOf(await fetch(`${shop.url}/visits`)) }
    redis.kill('SIGKILL')
    const health = await fetch(`${shop.url}/healthz`)
    expect([health.status, await health.json()]).toMatchObject([
      503,
      { ok: false, store: { reachable: false } },
    ])
    const body = new URLSearchParams({ product: 'warded-key' })
    const answers = await Promise.all([
      fetch(`${shop.url}/`, { headers }),
      fetch(`${shop.url}/cart/add`, { method: 'POST', body, redirect: 'manual' }),
    ])
    for (const answer of answers) {
      expect(answer.status).toBe(503)
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/)
      expect(answer.headers.get('location')).toBeNull()
      expect(answer.headers.getSetCookie()).toEqual([])
      expect(await answer.text()).toMatch(/cannot reach the place/)
    }
    await redis.restart()
    let status = 503
    while (status === 503) ({ status } = await fetch(`${shop.url}/visits`, { headers }))
    expect(status).toBe(200)
  } finally {
    await shop.program.stop()
    await redis.stop()
  }
})

test('without Redis where Redis was asked for, it ends with 1 and a sentence', async () => {
  const { code, output } = await spawnStorefront({ REDIS_URL: 'unix:///nowhere/redis.sock' }).ended
  expect(code).toBe(1)
  expect(output).toMatch(/^The storefront cannot start: /m)
  expect(output).not.toMatch(/\n\s+at /)
})

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s ends it with 0, once the running request has its answer',
  async signal => {
    const shop = await startStorefront()
    const headers = { cookie: cookieOf(await fetch(`${shop.url}/visits`)) }
    const slow = fetch(`${shop.url}/slow?ms=700`, { headers })
    let held = false
    while (!held) {
      const look = await lookAt(shop, headers)
      held = look.record?.holder !== undefined
    }
    await shop.program.stop(signal)
    expect(await (await slow).text()).toBe('Held the session for 700 ms.')
    expect((await shop.program.ended).code).toBe(0)
  },
)

test('it says in the terminal that the embedded store and the secret end with it', async () => {
  const shop = await startStorefront()
  await shop.program.stop()
  expect(shop.program.output).toMatch(/embedded store/)
  expect(shop.program.output).toMatch(/SESSION_SECRET is not set/)
})

interface Look {
  store: string
  record: null | { holder?: { request: string }; writes: number; touches: number; ttl: number }
}

async function lookAt(shop: Storefront, headers: Record<string, string>): Promise<Look> {
  const answer = await fetch(`${shop.url}/record.json`, { headers })
  const text = await answer.text()
  expect([answer.status, text]).toEqual([200, expect.stringMatching(/^\{/)])
  return JSON.parse(text) as Look
}
