// What others are told of a request that holds a session.
import { expect, test } from '@jest/globals'
import express from 'express'
import { ownRedis } from '../support/own-redis.ts'
import { shop } from './support.ts'

const redis = ownRedis()

test.each([
  [
    'as middleware of the route, the pattern: the path may hold a secret',
    '/account/reset/s3cret?x=1',
    '/account/reset/:token',
  ],
  ['as middleware of all routes, the path: there is no route yet', '/visit/me?x=1', '/visit/me'],
])('%s', async (_, path, told) => {
  const { sessions, browser } = await shop(redis, (app, sessioned) => {
    const holder: express.RequestHandler = async (req, res) => {
      const held = await sessions.inspect(req.sessionID)
      ;(req.session as { n?: number }).n = 1
      res.send(held?.holder?.request ?? 'nobody')
    }
    const account = express.Router()
    account.get('/reset/:token', sessioned, holder)
    app.use('/account', account)
    app.use(sessioned)
    app.get('/visit/:who', holder)
  })
  const { ask } = await browser()
  await ask(path)
  expect((await ask(path, { headers: { host: 'shop.example' } })).text).toBe(`GET shop.example${told}`)
})
