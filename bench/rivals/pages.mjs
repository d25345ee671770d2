/**
 * The shop's pages: what each does with the visitor's session, and what it answers. They know nothing of how a session is
 * read and stored, so that every contestant serves the same ones.
 *
 * @typedef {(session: Record<string, any>, query: Record<string, string>) => object | Promise<object>} Page
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { cart, dataOf } from './cart.mjs'

/** @returns {Record<string, Page>} by path */
export function createPages() {
  let seed = 0
  return {
    '/visits'(session) {
      session.visits = (session.visits ?? 0) + 1
      return { visits: session.visits }
    },

    // Reads before its work and writes after it, as a checkout does.
    async '/work'(session, query) {
      const visits = (session.visits ?? 0) + 1
      const ms = Number(query.ms)
      if (ms > 0) await sleep(ms)
      session.visits = visits
      return { visits }
    },

    '/cart'(session) {
      if (!session.cart) {
        seed += 1
        session.cart = cart(seed)
      }
      session.visits = (session.visits ?? 0) + 1
      return { visits: session.visits, items: session.cart.items.length }
    },

    '/fill'(session, query) {
      seed += 1
      session.data = dataOf(Number(query.bytes), seed)
      return { bytes: JSON.stringify(session.data).length }
    },

    // What /fill stored; this and the next change nothing.
    '/filled': session => ({ bytes: JSON.stringify(session.data).length }),

    '/count': session => ({ visits: session.visits ?? 0 }),
  }
}
