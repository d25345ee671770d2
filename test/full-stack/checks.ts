// Applications of frameworks that need a build, started for real over the packed Latchkey and a real Redis.
//   node --test checks.ts        after run.mjs has built them; SHOPS names some of them
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { createSessions, type Sessions } from 'latchkey'
import { listen } from '../support/http.ts'
import { countOnServer } from '../support/monitor.ts'
import { type RedisServer, startRedis } from '../support/redis-server.ts'

const HUMAN = 'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0'

interface Framework {
  name: string
  /** Arguments of Node, in the application's folder. */
  serve: string[]
  /** What it answers where a handler of its own throws. */
  redirect: number
}

const FRAMEWORKS: Framework[] = [
  { name: 'next', serve: ['../node_modules/next/dist/bin/next', 'start'], redirect: 307 },
  {
    name: 'react-router',
    serve: ['../node_modules/@react-router/serve/bin.cjs', 'build/server/index.js'],
    redirect: 303,
  },
  { name: 'sveltekit', serve: ['build/index.js'], redirect: 303 },
  { name: 'astro', serve: ['dist/server/entry.mjs'], redirect: 303 },
]

interface Answer {
  status: number
  headers: Headers
  text: string
  /** The cookie that it set, as a request sends it. */
  cookie: string | undefined
}

class Shop {
  readonly #framework: Framework
  #child: ChildProcess | undefined
  #redis: RedisServer | undefined
  #client: Redis | undefined
  #sessions: Sessions | undefined
  #base = ''
  #said = ''

  constructor(framework: Framework) {
    this.#framework = framework
  }

  get redis(): RedisServer {
    assert(this.#redis)
    return this.#redis
  }

  get client(): Redis {
    assert(this.#client)
    return this.#client
  }

  /** The test's own, beside the application's. */
  get sessions(): Sessions {
    assert(this.#sessions)
    return this.#sessions
  }

  async open(): Promise<void> {
    this.#redis = await startRedis()
    this.#client = new Redis({ path: this.#redis.path })
    this.#sessions = createSessions({
      redis: { url: this.#redis.url, commandTimeout: 4 },
      logLevel: 'silent',
    })
    const port = await freePort()
    this.#base = `http://127.0.0.1:${port}`
    const { name, serve } = this.#framework
    this.#child = spawn(process.execPath, serve, {
      cwd: new URL(`${name}/`, import.meta.url),
      env: {
        ...process.env,
        NODE_ENV: 'production',
        HOST: '127.0.0.1',
        HOSTNAME: '127.0.0.1',
        PORT: String(port),
        // Without it SvelteKit's adapter takes every request for one over HTTPS.
        PROTOCOL_HEADER: 'x-forwarded-proto',
        REDIS_URL: this.#redis.url,
        SESSION_SECRET: 's',
        // A busy machine is not an outage.
        LATCHKEY_REDIS_COMMAND_TIMEOUT: '4',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    for (const output of [this.#child.stdout, this.#child.stderr]) {
      output?.on('data', chunk => {
        this.#said += chunk
      })
    }
    const end = Date.now() + 60_000
    while (!(await this.ask('/who').catch(() => undefined))) {
      if (Date.now() > end || this.#child.exitCode !== null) throw new Error(`no start:\n${this.#said}`)
      await pause(50)
    }
  }

  async close(): Promise<void> {
    await this.#sessions?.close({ grace: 0 })
    this.#client?.disconnect()
    const child = this.#child
    if (child?.pid && child.exitCode === null) {
      const ended = once(child, 'exit')
      // With what it has started itself.
      process.kill(-child.pid, 'SIGKILL')
      await ended
    }
    await this.#redis?.stop()
  }

  /** What it printed, for a test that has failed. */
  get said(): string {
    return this.#said
  }

  async ask(path: string, { cookie, method = 'GET', body, headers = {} }: Asked = {}): Promise<Answer> {
    const response = await fetch(this.#base + path, {
      method,
      body: body ?? null,
      redirect: 'manual',
      headers: {
        'user-agent': HUMAN,
        accept: 'text/html',
        origin: this.#base,
        'x-forwarded-proto': 'http',
        connection: 'close',
        ...(cookie ? { cookie } : {}),
        ...headers,
      },
    })
    const text = await response.text()
    const set = response.headers.getSetCookie().find(each => each.startsWith('connect.sid='))
    return { status: response.status, headers: response.headers, text, cookie: set?.split(';')[0] }
  }

  post(path: string, cookie?: string, body?: string | FormData): Promise<Answer> {
    return this.ask(path, { method: 'POST', cookie, body })
  }

  /** The form of a page, sent as a browser without scripts does it. */
  async send(path: string, form: string, cookie?: string): Promise<Answer> {
    if (this.#framework.name !== 'next') {
      const type = { 'content-type': 'application/x-www-form-urlencoded' }
      return this.ask(path, { method: 'POST', cookie, body: 'item=tea', headers: type })
    }
    const { text } = await this.ask(path, { cookie })
    const start = text.indexOf(`id="${form}"`)
    const name = /name="(\$ACTION_ID_[^"]+)"/.exec(text.slice(start))?.[1]
    assert(start > 0 && name, `no form ${form} in ${text}`)
    const fields = new FormData()
    fields.set(name, '')
    return this.post(path, cookie, fields)
  }

  async visitor(): Promise<string> {
    const { cookie, text } = await this.post('/add')
    assert(cookie, `no cookie came: ${text}`)
    return cookie
  }

  async stored(cookie: string): Promise<Record<string, unknown>> {
    const { data } = await this.sessions.open(idIn(cookie), { access: 'readonly' })
    return data
  }

  /** Nobody holds the lock or waits for it. */
  async atRest(cookie: string): Promise<void> {
    const end = Date.now() + 20_000
    for (;;) {
      const view = await this.sessions.inspect(idIn(cookie))
      if (!view?.holder && !view?.waiters) return
      assert(Date.now() < end, `a lock is left: ${JSON.stringify(view)}`)
      await pause(10)
    }
  }
}

interface Asked {
  cookie?: string | undefined
  method?: string
  body?: string | FormData | undefined
  headers?: Record<string, string>
}

async function freePort(): Promise<number> {
  const server = createServer()
  const port = await listen(server)
  await new Promise(resolve => server.close(resolve))
  return port
}

function idIn(cookie: string): string {
  const id = /=s%3A([^.]+)\./.exec(cookie)?.[1]
  assert(id, `no session id in ${cookie}`)
  return id
}

const chosen = process.env.SHOPS?.split(',')

for (const framework of FRAMEWORKS.filter(({ name }) => chosen?.includes(name) ?? true)) {
  const shop = new Shop(framework)
  const { name } = framework

  describe(name, () => {
    before(() => shop.open())
    after(async () => {
      if (process.env.SHOW) console.error(shop.said)
      await shop.close()
    })

    test('200 requests at a concurrency of 50 count 202 in the end', async () => {
      const cookie = await shop.visitor()
      let left = 200
      const statuses = new Set<number>()
      const client = async () => {
        while (left-- > 0) statuses.add((await shop.post('/add', cookie)).status)
      }
      await Promise.all(Array.from({ length: 50 }, client))
      assert.deepEqual([...statuses], [200])
      assert.equal(JSON.parse((await shop.post('/add', cookie)).text).n, 202)
      await shop.atRest(cookie)
    })

    test('three loaders that run in parallel write under one lock, in twenty requests at once', async () => {
      const cookie = await shop.visitor()
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => shop.ask('/parallel/a/b', { cookie })),
      )
      assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
      assert.equal((await shop.stored(cookie)).n, 61)
      await shop.atRest(cookie)
    })

    test("a form's action writes, and the page that answers it shows what it wrote", async () => {
      const first = await shop.send('/page', 'add')
      assert.equal(first.status, 200, first.text)
      assert.match(first.text, /n=1</)
      assert(first.cookie)
      const second = await shop.send('/page', 'add', first.cookie)
      assert.match(second.text, /n=2</)
      assert.match((await shop.ask('/page', { cookie: first.cookie })).text, /n=2</)
      await shop.atRest(first.cookie)
    })

    test('fifty such actions at once lose nothing', async () => {
      const cookie = await shop.visitor()
      await Promise.all(Array.from({ length: 50 }, () => shop.send('/page', 'add', cookie)))
      assert.match((await shop.ask('/page', { cookie })).text, /n=51</)
      await shop.atRest(cookie)
    })

    test('a login that ends in a redirect is there for the request that follows it', async () => {
      for (let run = 0; run < 10; run++) {
        const before = await shop.visitor()
        const login = await shop.post('/login', before)
        assert.equal(login.status, framework.redirect)
        assert.equal(new URL(login.headers.get('location') ?? '', 'http://shop.test').pathname, '/who')
        assert(login.cookie && login.cookie !== before)
        assert.match((await shop.ask('/who', { cookie: login.cookie })).text, /user=ada/)
        assert.match((await shop.ask('/who', { cookie: before })).text, /user=nobody/)
        assert.equal((await shop.stored(login.cookie)).n, 1)
        await shop.atRest(login.cookie)
      }
    })

    test('a logout ends the session', async () => {
      const { cookie } = await shop.post('/login', await shop.visitor())
      assert(cookie)
      assert.equal((await shop.post('/logout', cookie)).status, 303)
      assert.match((await shop.ask('/who', { cookie })).text, /user=nobody/)
      assert.deepEqual(await shop.stored(cookie), {})
    })

    test('a handler that throws is answered with 500, what it did before is stored, and no lock is left', async () => {
      const cookie = await shop.visitor()
      const { status } = await shop.post('/fails', cookie)
      assert.equal(status, 500)
      assert.equal((await shop.stored(cookie)).n, 2)
      await shop.atRest(cookie)
    })

    test('a visitor without a cookie who only looks gets none', async () => {
      const { status, cookie } = await shop.ask('/page')
      assert.equal(status, 200)
      assert.equal(cookie, undefined)
    })

    test('while Redis hangs a request is answered with 503 and Retry-After, and its cookie is kept', async () => {
      const cookie = await shop.visitor()
      shop.redis.kill('SIGSTOP')
      const answer = await shop.post('/add', cookie).finally(() => shop.redis.kill('SIGCONT'))
      assert.equal(answer.status, 503, answer.text)
      assert(Number(answer.headers.get('retry-after')) > 0)
      assert.equal(answer.cookie, undefined)
      assert.doesNotMatch(answer.text, /redis/i)
      await shop.atRest(cookie)
    })

    if (name === 'next') nextAlone(shop)
    if (name === 'astro') astroAlone(shop)
  })
}

function nextAlone(shop: Shop): void {
  test('server components read frozen data, once for each page, and do not wait for a lock', async () => {
    const cookie = await shop.visitor()
    const held = await shop.sessions.open(idIn(cookie))
    assert(held.locked)
    let page = ''
    const { commands } = await countOnServer(shop.redis.path, async () => {
      page = (await shop.ask('/page', { cookie })).text
    })
    assert.match(page, /n=1</)
    assert.match(page, /after a change n=1</)
    assert.equal(commands.filter(command => command === 'hmget').length, 1)
    await held.release()
  })

  test('an action that redirects keeps the login, and one within another is part of it', async () => {
    const first = await shop.send('/page', 'addTwice')
    assert.match(first.text, /n=2</)
    const login = await shop.send('/page', 'login', first.cookie)
    assert.equal(login.status, 303)
    assert(login.cookie && login.cookie !== first.cookie)
    assert.match((await shop.ask('/page', { cookie: login.cookie })).text, /user=ada/)
    await shop.atRest(login.cookie)
  })

  test('an action that a script calls answers with the page as it is afterwards', async () => {
    const id = /name="\$ACTION_ID_([^"]+)"/.exec((await shop.ask('/page')).text)?.[1]
    assert(id)
    const headers = {
      'next-action': id,
      accept: 'text/x-component',
      'content-type': 'text/plain;charset=UTF-8',
    }
    const answer = await shop.ask('/page', { method: 'POST', body: '[]', headers })
    assert.equal(answer.status, 200)
    assert(answer.cookie)
    assert.match(answer.text, /n=1"/)
    await shop.atRest(answer.cookie)
  })

  test('an action that throws leaves no lock, and what it did before is stored', async () => {
    const cookie = await shop.visitor()
    assert.equal((await shop.send('/page', 'fails', cookie)).status, 500)
    assert.equal((await shop.stored(cookie)).n, 2)
    await shop.atRest(cookie)
  })

  test('pages, route handlers and actions share one connection and one subscription', async () => {
    const list = String(await shop.client.client('LIST'))
    // The test has a client, and sessions of its own.
    const own = await shop.client.client('ID')
    const others = list.split('\n').filter(line => line && !line.startsWith(`id=${own} `))
    const subscribed = others.filter(line => !/ sub=0 .* ssub=0 /.test(line))
    assert(others.length - subscribed.length <= 2, list)
    assert(subscribed.length <= 2, list)
  })
}

function astroAlone(shop: Shop): void {
  test('a component that is streamed after the middleware has ended finds the data frozen', async () => {
    const cookie = await shop.visitor()
    const { text } = await shop.ask('/streamed', { cookie })
    assert.match(text, /frozen/)
    assert.equal((await shop.stored(cookie)).n, 1)
    await shop.atRest(cookie)
  })
}
