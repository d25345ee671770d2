import { setTimeout as sleep } from 'node:timers/promises'
import express from 'express'
import session from 'express-session'
import { cart, dataOf } from './cart.mjs'
import { SECRET } from './lock-around.mjs'

/**
 * The shop that every contestant serves. Only what is passed in differs.
 *
 * @param {{ store: import('express-session').Store, around?: import('express').RequestHandler }} contestant
 */
export function createApp({ store, around }) {
  const app = express()
  /** Requests that came, and that have their session; the difference waits. */
  const counts = { entered: 0, reached: 0 }
  let seed = 0

  app.use((_req, _res, next) => {
    counts.entered += 1
    next()
  })
  if (around) app.use(around)
  app.use(session({ store, secret: SECRET, resave: false, saveUninitialized: false }))
  app.use((_req, _res, next) => {
    counts.reached += 1
    next()
  })

  app.get('/visits', ({ session }, res) => {
    session.visits = (session.visits ?? 0) + 1
    res.json({ visits: session.visits })
  })

  // Reads before its work and writes after it, as a checkout does.
  app.get('/work', async ({ query, session }, res) => {
    const visits = (session.visits ?? 0) + 1
    const ms = Number(query.ms)
    if (ms > 0) await sleep(ms)
    session.visits = visits
    res.json({ visits })
  })

  app.get('/cart', ({ session }, res) => {
    if (!session.cart) {
      seed += 1
      session.cart = cart(seed)
    }
    session.visits = (session.visits ?? 0) + 1
    res.json({ visits: session.visits, items: session.cart.items.length })
  })

  app.get('/fill', ({ query, session }, res) => {
    seed += 1
    session.data = dataOf(Number(query.bytes), seed)
    res.json({ bytes: JSON.stringify(session.data).length })
  })

  // Changes nothing.
  app.get('/count', ({ session }, res) => {
    res.json({ visits: session.visits ?? 0 })
  })

  return { app, counts }
}
