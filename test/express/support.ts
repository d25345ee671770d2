// A shop on Express with our own middleware, and what its browsers do.
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { afterEach } from '@jest/globals'
import express from 'express'
import { type ExpressOptions, session } from '../../src/express/index.ts'
import type { OptionsInput, Sessions } from '../../src/index.ts'
import { type Answer, type Asked, ask, listen } from '../support/http.ts'
import type { OwnRedis } from '../support/own-redis.ts'
import { eventually, HUMAN } from '../support/sessions.ts'

type Options = Omit<ExpressOptions<express.Request>, 'sessions' | 'secret'> &
  Partial<Pick<ExpressOptions, 'secret'>>

export interface Shop {
  app: express.Express
  sessions: Sessions
  /** Nothing holds or waits for a lock. */
  atRest(): Promise<void>
  /** A browser: it keeps its cookies. */
  browser(): Promise<Browser>
}

export interface Browser {
  /** By name, as they are sent. */
  cookies: Map<string, string>
  ask(path: string, asked?: Asked): Promise<Answer>
  /** The id of its session. */
  id(): string
}

let built = 0
const servers: Server[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
})

/** @param equip mounts what stands around `session()`, and the routes */
export async function shop(
  redis: OwnRedis,
  equip: (app: express.Express, sessioned: express.RequestHandler) => void,
  options: Options = {},
  settings: OptionsInput = {},
): Promise<Shop> {
  const { sessions } = await redis.watched({ prefix: `shop${++built}_`, ...settings })
  const app = express()
  app.set('env', 'test')
  equip(app, session({ sessions, secret: 'a secret of the shop', ...options }))
  let port: Promise<number> | undefined
  return {
    app,
    sessions,
    atRest: () => eventually(() => sessions.counts.holding === 0 && sessions.counts.waiting === 0),
    browser: async () => {
      port ??= serve(app)
      return browse(await port)
    },
  }
}

export function serve(app: RequestListener): Promise<number> {
  const server = createServer(app)
  servers.push(server)
  return listen(server)
}

export function browse(port: number): Browser {
  const cookies = new Map<string, string>()
  return {
    cookies,
    async ask(path, asked = {}) {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const answer = await ask(port, path, {
        cookie,
        ...asked,
        headers: { 'user-agent': HUMAN, ...asked.headers },
      })
      for (const set of answer.headers['set-cookie'] ?? []) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
        cookies.set(name, value)
      }
      return answer
    },
    id() {
      const [, id] = /^s%3A(.+)\./.exec(cookies.get('connect.sid') ?? '') ?? []
      if (!id) throw new Error(`no session among ${[...cookies.keys()]}`)
      return id
    },
  }
}

/** The attributes of a cookie that an answer sets, in a form that can be compared. `Expires` in seconds from now. */
export function attributesOf(answer: Answer | { headers: IncomingMessage['headers'] }, name = 'connect.sid') {
  const set = (answer.headers['set-cookie'] as string[] | undefined)?.find(each =>
    each.startsWith(`${name}=`),
  )
  if (set === undefined) return undefined
  return Object.fromEntries(
    set
      .split('; ')
      .slice(1)
      .map(each => {
        const [attribute = '', value] = each.split('=')
        if (attribute !== 'Expires') return [attribute, value ?? true]
        return [attribute, Math.round((Date.parse(value ?? '') - Date.now()) / 10_000) * 10]
      }),
  )
}
