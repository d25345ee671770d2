// What this shop keeps in a session, and what every page needs of it.
import type { Request } from 'express'
import { type Cart, countOf } from './cart.ts'

declare module 'express-session' {
  interface SessionData {
    cart: Cart
    /** The visitor's name, once logged in. */
    name: string
    /** For the engraver, from the cart page. */
    note: string
    /** GET /visits counts here. */
    visits: number
    /** The counter of the race. */
    count: number
  }
}

export interface Visitor {
  readonly name: string | undefined
  /** Unknown where there is no session to ask: on an error page. */
  readonly cartCount: number | undefined
  /** The sessions live in this process and end with it. */
  readonly embedded: boolean
}

export function visitorOf(req: Request): Visitor {
  const session = req.session as Request['session'] | undefined
  return {
    name: session?.name,
    cartCount: session && countOf(session.cart ?? {}),
    embedded: req.app.locals.embedded === true,
  }
}
