// What this shop keeps in a session, and what every page needs of it.
import type { Request } from 'express'
import { type Cart, countOf } from './cart.ts'

interface Kept {
  cart?: Cart
  /** The visitor's name, once logged in. */
  name?: string
  /** For the engraver, from the cart page. */
  note?: string
  /** GET /visits counts here. */
  visits?: number
  /** The counter of the race. */
  count?: number
}

declare module 'latchkey' {
  interface SessionData extends Kept {}
}
// Where express-session's types are installed too, as they are for this project's tests, Express's requests have those.
declare module 'express-session' {
  interface SessionData extends Kept {}
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
