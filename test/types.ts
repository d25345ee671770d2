// Compiled by `npm run lint`, and never run: what the types say to an application.
import { createSessions, type Session, type Sessions } from 'latchkey'
import { session } from 'latchkey/express'
import { expressStore } from 'latchkey/express-session'

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
