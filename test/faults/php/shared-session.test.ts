// One session that a real PHP and Node read and write in turn, in a real Redis.
import { expect, test } from '@jest/globals'
import express from 'express'
import { session } from '../../../src/express/index.ts'
import type { OptionsInput } from '../../../src/index.ts'
import { browse, serve } from '../../express/support.ts'
import { ownRedis } from '../../support/own-redis.ts'
import { askPhp } from '../../support/php-sessions.ts'

const redis = ownRedis()
const SERIALIZERS = ['php', 'php_serialize', 'php_binary'] as const
const ID = '0123456789abcdefghijklmnop'
const base = {
  cart: { items: [{ sku: 'a', qty: 1 }], total: 1.5 },
  name: 'Zoë',
  flags: [true, null, -0.25],
  n: 1,
}

/** What a real PHP makes of it: `session_decode`, these changes, `session_encode`. */
function php(handler: (typeof SERIALIZERS)[number], text: string, set: object): string {
  const edits = Object.entries(set).map(([name, value]) => ({ path: [name], set: value }))
  const [answer] = askPhp([{ handler, text, edits }])
  if (!answer?.ok || answer.again === undefined) throw new Error(`PHP refused ${text}`)
  return answer.again
}

async function withText(serializer: (typeof SERIALIZERS)[number], text: string, prefix: string) {
  const { sessions } = await redis.watched({ prefix, php: { serializer } } satisfies OptionsInput)
  const key = `${prefix}${ID}`
  await redis.client.hset(key, { data: Buffer.from(text, 'latin1'), lock: 0, writes: 1 })
  await redis.client.expire(key, 600)
  const stored = async () => (await redis.client.hgetBuffer(key, 'data'))?.toString('latin1') ?? ''
  return { sessions, stored }
}

test.each(SERIALIZERS)('%s: by the core', async serializer => {
  const written = php(serializer, '', base)
  const { sessions, stored } = await withText(serializer, written, `core_${serializer}_`)
  const opened = await sessions.open(ID)
  expect(opened.data).toEqual(base)
  ;(opened.data as unknown as typeof base).cart.items[0] = { sku: 'a', qty: 2 }
  expect(await opened.commit()).toMatchObject({ written: true })
  const changed = { ...base, cart: { ...base.cart, items: [{ sku: 'a', qty: 2 }] } }
  expect(await stored()).toBe(php(serializer, '', changed))
  // PHP reads it, changes one variable more, and Node reads that.
  await redis.client.hset(
    `core_${serializer}_${ID}`,
    'data',
    Buffer.from(php(serializer, await stored(), { n: 7 }), 'latin1'),
  )
  await sessions.use(ID, {}, ({ data }) => expect(data).toEqual({ ...changed, n: 7 }))
})

test.each(SERIALIZERS)('%s: by the door of Express', async serializer => {
  const { sessions, stored } = await withText(serializer, php(serializer, '', base), `door_${serializer}_`)
  const app = express()
  app.use(session({ sessions }))
  app.get('/', (req, res) => {
    const data = req.session as unknown as typeof base
    data.n += 1
    res.json(data)
  })
  const browser = browse(await serve(app))
  browser.cookies.set('PHPSESSID', ID)
  expect((await browser.ask('/')).status).toBe(200)
  expect(await stored()).toBe(php(serializer, '', { ...base, n: 2 }))
  expect(php(serializer, await stored(), {})).toBe(await stored())
})
