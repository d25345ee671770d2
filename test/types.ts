// Compiled by `npm run lint`, and never run: what the types say to an application.
import Fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { createSessions, type Session, type Sessions } from 'latchkey'
import { session } from 'latchkey/express'
import { expressStore } from 'latchkey/express-session'
import latchkey from 'latchkey/fastify'
import { fetchSessions } from 'latchkey/fetch'
import { session as honoSession, type SessionVariables } from 'latchkey/hono'
import { session as koaSession } from 'latchkey/koa'
import { nextSessions } from 'latchkey/next'
import type { AcceptedOptions, OptionsInput } from '../src/config/options.ts'

/** What an editor shows is what the schema accepts: one can stand for the other, both ways. */
export const shown = (accepted: AcceptedOptions): OptionsInput => accepted
export const accepted = (shown: OptionsInput): AcceptedOptions => shown
/** And neither has a name that the other lacks. */
export const names = (each: keyof OptionsInput): keyof AcceptedOptions => each

interface Shop {
  cart: string[]
  user?: string
}

export async function typed() {
  const sessions: Sessions<Shop> = createSessions<Shop>({ store: 'memory' })
  const opened: Session<Shop> = await sessions.open()
  opened.data.cart = ['tea']
  // @ts-expect-error a cart is a list
  opened.data.cart = 'tea'
  // @ts-expect-error nothing of that name is in a shop's session
  opened.data.basket = []
  await sessions.update(opened.id, data => {
    data.user = 'ann'
  })
  const items: number = await sessions.use(opened.id, {}, ({ data }) => data.cart.length)
  session({ sessions, secret: 's' })
  expressStore(sessions)
  return items
}

export async function untyped() {
  const opened = await createSessions().open()
  opened.data.anything = 1
  // @ts-expect-error what is not declared is unknown
  opened.data.anything.more = 2
}

/** What the sessions hold is said once, and known in each framework. */
export async function doors() {
  const sessions = createSessions<Shop>({ store: 'memory' })
  const options = { sessions, secret: 's' }

  const koa = new Koa().use(koaSession({ ...options, access: ctx => ctx.path !== '/' && 'optimistic' }))
  koa.use(({ session }) => {
    session.data.cart = ['tea']
    // @ts-expect-error a cart is a list
    session.data.cart = 'tea'
  })

  const hono = new Hono<{ Variables: SessionVariables<Shop> }>()
  hono.use(honoSession({ ...options, access: c => (c.req.path === '/' ? 'readonly' : undefined) }))
  hono.get('/', ({ var: { session } }) => {
    session.data.cart = ['tea']
    // @ts-expect-error a cart is a list
    session.data.cart = 'tea'
    return new Response()
  })

  const fetched = await fetchSessions(sessions, { secret: 's' })()
  fetched.data.cart = ['tea']
  // @ts-expect-error a cart is a list
  fetched.data.cart = 'tea'
  // Or in each framework, where the sessions are of no type.
  const plain = createSessions()
  const own = await fetchSessions<Shop>(plain, { secret: 's' })()
  own.data.cart = ['tea']

  const next = nextSessions({ sessions: () => createSessions<Shop>(), secret: 's' })
  next.route(async request => Response.json([request.url, (await next()).data.cart]))
  next.action(async (form: FormData) => {
    const { data } = await next()
    data.cart = [String(form.get('item'))]
    // @ts-expect-error a cart is a list
    data.cart = 'tea'
  })
  const seen = await next.read()
  const first: string | undefined = seen.cart[0]
  // @ts-expect-error what server components read is frozen
  seen.user = first

  const fastify = Fastify()
  await fastify.register(latchkey, options)
  fastify.get('/', { config: { session: 'readonly' } }, async ({ session }) => session.data.anything)
  // @ts-expect-error no such access
  fastify.get('/', { config: { session: 'never' } }, async () => 1)
}
