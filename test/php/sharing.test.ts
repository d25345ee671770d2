// Sessions with the option `php`, as a record holds them.
import { describe, expect, test } from '@jest/globals'
import express from 'express'
import expressSession from 'express-session'
import { session } from '../../src/express/index.ts'
import { expressStore } from '../../src/express-session/index.ts'
import type { OptionsInput } from '../../src/index.ts'
import { attributesOf, browse, serve } from '../express/support.ts'
import { ownRedis } from '../support/own-redis.ts'
import { eventsNamed } from '../support/sessions.ts'

const redis = ownRedis()
let built = 0
/** Each test has a prefix of its own. */
const shared = (php: OptionsInput['php'] = {}, options: OptionsInput = {}) =>
  redis.watched({ prefix: `php${++built}_`, php, ...options })

const ID = '0123456789abcdefghijklmnop'
const key = (id = ID) => `php${built}_${id}`

/** A record as PHP leaves it. */
async function writtenByPhp(data: string | Buffer): Promise<void> {
  await redis.client.hset(key(), { data, lock: 0, writes: 3 })
  await redis.client.expire(key(), 600)
}

const stored = async (id = ID) => (await redis.client.hgetBuffer(key(id), 'data'))?.toString('latin1')

const TEXT =
  'default|a:1:{s:9:"_form_key";s:2:"k\xff";}rate|d:1.0;item|O:9:"Shop\\Item":1:{s:6:"\0*\0qty";i:2;}n|i:1;'

describe('what PHP wrote is read, and written back as it was apart from what changed', () => {
  test('by use', async () => {
    const { sessions } = await shared()
    await writtenByPhp(Buffer.from(TEXT, 'latin1'))
    await sessions.use(ID, {}, ({ data }) => {
      data.n = Number(data.n) + 1
    })
    expect(await stored()).toBe(TEXT.replace('n|i:1;', 'n|i:2;'))
  })

  test('under the new id of a rotation, which Node follows', async () => {
    const { sessions } = await shared()
    await writtenByPhp(Buffer.from(TEXT, 'latin1'))
    const rotated = await sessions.open(ID)
    expect(await rotated.rotate()).toBe(true)
    expect(await rotated.commit()).toMatchObject({ written: true })
    expect(rotated.id).toMatch(/^[0-9a-f]+$/)
    expect([await stored(), await stored(rotated.id)]).toEqual([undefined, TEXT])
    expect(await sessions.open(ID, { access: 'readonly' })).toMatchObject({ id: rotated.id, data: { n: 1 } })
  })

  test('over several saves of one request, and after a reload', async () => {
    const { sessions } = await shared()
    await writtenByPhp(Buffer.from(TEXT, 'latin1'))
    const opened = await sessions.open(ID)
    for (const n of [2, 3]) {
      opened.data.n = n
      await opened.commit({ keep: true })
      expect(await stored()).toBe(TEXT.replace('n|i:1;', `n|i:${n};`))
    }
    expect(await opened.reload()).toBe(true)
    opened.data.n = 4
    await opened.commit()
    expect(await stored()).toBe(TEXT.replace('n|i:1;', 'n|i:4;'))
  })

  test('by update', async () => {
    const { sessions } = await shared()
    await writtenByPhp(Buffer.from(TEXT, 'latin1'))
    await sessions.update(ID, data => {
      data.n = 5
    })
    expect(await stored()).toBe(TEXT.replace('n|i:1;', 'n|i:5;'))
  })

  test('under a new id', async () => {
    const { sessions } = await shared()
    await writtenByPhp(Buffer.from(TEXT, 'latin1'))
    const opened = await sessions.open(ID)
    await opened.regenerate()
    opened.data.user = 7
    await opened.commit()
    expect(opened.id).toMatch(/^[0-9a-z]+$/)
    expect(await stored(opened.id)).toBe(`${TEXT}user|i:7;`)
    // Requests that were under way may read on: nothing was taken away.
    expect(await redis.client.hexists(key(), 'old')).toBe(1)
  })

  test('and what did not change is not written', async () => {
    const { sessions } = await shared()
    await writtenByPhp(Buffer.from(TEXT, 'latin1'))
    await sessions.use(ID, {}, ({ data }) => void data.n)
    expect(await redis.client.hget(key(), 'writes')).toBe('3')
  })
})

test.each(['php', 'php_serialize', 'php_binary'] as const)(
  'a new session is stored as %s',
  async serializer => {
    const { sessions } = await shared({ serializer })
    const opened = await sessions.open()
    Object.assign(opened.data, { cart: ['a'] })
    await opened.commit()
    const cart = 'a:1:{i:0;s:1:"a";}'
    const texts = {
      php: `cart|${cart}`,
      php_serialize: `a:1:{s:4:"cart";${cart}}`,
      php_binary: `\x04cart${cart}`,
    }
    expect(await stored(opened.id)).toBe(texts[serializer])
  },
)

test('large sessions are compressed with gzip, which every PHP reads', async () => {
  const { sessions } = await shared()
  const opened = await sessions.open()
  opened.data.text = 'x'.repeat(5000)
  await opened.commit()
  expect(await redis.client.hget(key(opened.id), 'data')).toMatch(/^:gz:/)
  await sessions.use(opened.id, {}, ({ data }) => expect(data.text).toHaveLength(5000))
})

test.each([
  ['cut off', TEXT.slice(0, -1)],
  ['JSON', '{"n":1}'],
  ['igbinary', '\0\0\0\x02\x14\x01'],
  ['a length that lies', 'a|s:2000000000:"abc";'],
])('text that PHP would not accept is reported and left alone: %s', async (_, text) => {
  const watched = await shared()
  await writtenByPhp(Buffer.from(text, 'latin1'))
  const opened = await watched.sessions.open(ID)
  expect(opened.isNew).toBe(true)
  expect(opened.id).not.toBe(ID)
  opened.data.n = 1
  await opened.commit()
  expect(eventsNamed(watched.events, 'record-unreadable')).toHaveLength(1)
  expect(await redis.client.hgetBuffer(key(), 'data')).toEqual(Buffer.from(text, 'latin1'))
  expect(await redis.client.hget(key(), 'writes')).toBe('3')
  expect(await redis.client.hget(key(), 'lock')).toBe('0')
})

test.each([
  ['a|b', 'a name must not contain |'],
  ['7', 'a name must not be a number'],
])(
  'a variable that PHP would lose is an error by its name before anything is written: %s',
  async (name, why) => {
    const watched = await shared()
    await writtenByPhp(Buffer.from(TEXT, 'latin1'))
    const opened = await watched.sessions.open(ID)
    opened.data[name] = 1
    const outcome = await opened.commit()
    expect(outcome).toMatchObject({ written: false, reason: 'unserializable' })
    expect(String((outcome as { error?: Error }).error?.message)).toContain(
      `"${name}" cannot be written for PHP (php): ${why}`,
    )
    expect(await stored()).toBe(TEXT)
    expect(opened.locked).toBe(false)
  },
)

describe('an id that PHP refuses', () => {
  const id = 'V1StGXR8_Z5jdHi6B-myT'

  test('of the application is an error in words', async () => {
    const { sessions } = await shared()
    const why =
      'A session id must be 16 to 256 characters of A–Z a–z 0–9 , - where the option php is given: PHP refuses others, and _ too; check genid.'
    expect(() => sessions.create(id)).toThrow(why)
    const opened = await sessions.open()
    await expect(opened.regenerate(id)).rejects.toThrow(why)
    await opened.release()
  })

  test('of a browser gets a new session', async () => {
    const watched = await shared()
    const opened = await watched.sessions.open(id)
    expect(opened.isNew).toBe(true)
    expect(eventsNamed(watched.events, 'id-malformed')).toHaveLength(1)
    await opened.release()
  })
})

describe('the door of Express', () => {
  async function page(php: OptionsInput['php'] = {}, given: object = {}) {
    const watched = await shared(php)
    const app = express()
    app.use(session({ sessions: watched.sessions, ...given }))
    app.get('/count', (req, res) => {
      const data = req.session as unknown as { n?: number }
      data.n = (data.n ?? 0) + 1
      res.json(data.n)
    })
    app.get('/read', (req, res) => void res.send(String((req.session as unknown as { n: unknown }).n)))
    app.get('/all', (req, res) => void res.json({ ...req.session, cookie: undefined }))
    app.get('/age', (req, res) => {
      req.session.cookie.maxAge = 500_000
      res.end()
    })
    return { ...watched, browser: browse(await serve(app)) }
  }

  test("reads and writes what PHP wrote, with PHP's cookie", async () => {
    const { browser } = await page()
    // Names that are methods of req.session, or its cookie, are variables of the visitor here.
    const text = `${TEXT}cookie|a:1:{s:14:"originalMaxAge";N;}save|i:1;`
    await writtenByPhp(Buffer.from(text, 'latin1'))
    browser.cookies.set('PHPSESSID', ID)
    expect((await browser.ask('/count')).text).toBe('2')
    expect(await stored()).toBe(text.replace('n|i:1;', 'n|i:2;'))
    expect(browser.cookies.get('PHPSESSID')).toBe(ID)
  })

  test('begins a session that PHP accepts', async () => {
    const { browser } = await page()
    const answer = await browser.ask('/count')
    const id = browser.cookies.get('PHPSESSID') ?? ''
    expect(id).toMatch(/^[0-9a-zA-Z,-]{22,256}$/)
    expect(await stored(id)).toBe('n|i:1;')
    expect(attributesOf(answer, 'PHPSESSID')).toEqual({ Path: '/', HttpOnly: true, SameSite: 'Lax' })
  })

  test('an unknown id from a client is not taken over', async () => {
    const { browser } = await page()
    browser.cookies.set('PHPSESSID', ID)
    await browser.ask('/count')
    expect(browser.cookies.get('PHPSESSID')).not.toBe(ID)
  })

  test('what the session says about its own cookie is kept in a variable of its own', async () => {
    const { browser } = await page({ preset: 'openmage' })
    await redis.client.select(2)
    await browser.ask('/count')
    const answer = await browser.ask('/age')
    const id = browser.cookies.get('frontend') ?? ''
    expect(attributesOf(answer, 'frontend')).toMatchObject({ Expires: 500 })
    expect(await stored(id)).toMatch(/^n\|i:1;_latchkey_cookie\|a:\d+:\{s:14:"originalMaxAge";i:500000;/)
    // The age holds for later responses, and neither the application nor a change of data loses it.
    expect(attributesOf(await browser.ask('/read'), 'frontend')).toMatchObject({ Expires: 500 })
    expect(attributesOf(await browser.ask('/count'), 'frontend')).toMatchObject({ Expires: 500 })
    expect((await browser.ask('/all')).text).toBe('{"n":2}')
    expect(await stored(id)).toMatch(/^n\|i:2;_latchkey_cookie\|a:/)
    await redis.client.select(0)
  })

  test('variables that have the name of a method stay beside that of the cookie', async () => {
    const { browser } = await page()
    await writtenByPhp('save|i:1;id|s:1:"x";n|i:1;')
    browser.cookies.set('PHPSESSID', ID)
    await browser.ask('/age')
    expect(await stored()).toMatch(/^save\|i:1;id\|s:1:"x";n\|i:1;_latchkey_cookie\|a:/)
    await browser.ask('/count')
    expect(await stored()).toMatch(/^save\|i:1;id\|s:1:"x";n\|i:2;_latchkey_cookie\|a:/)
  })

  test('of a preset keeps its cookie for an hour from each response on', async () => {
    const { browser } = await page({ preset: 'openmage' })
    await redis.client.select(2)
    const first = await browser.ask('/count')
    expect(attributesOf(first, 'frontend')).toMatchObject({ Expires: 3600 })
    expect(attributesOf(await browser.ask('/read'), 'frontend')).toMatchObject({ Expires: 3600 })
    expect(await stored(browser.cookies.get('frontend'))).toBe('n|i:1;')
    await redis.client.select(0)
  })

  test('keeps the age of the cookie that the application gives', async () => {
    const { browser } = await page({ preset: 'openmage' }, { cookie: { maxAge: 7_200_000 } })
    expect(attributesOf(await browser.ask('/count'), 'frontend')).toMatchObject({ Expires: 7200 })
    expect(attributesOf(await browser.ask('/read'), 'frontend')).toMatchObject({ Expires: 7200 })
  })

  test('takes no secret, for PHP does not sign', async () => {
    await expect(page({}, { secret: 's' })).rejects.toThrow(
      'secret: expected none for sessions with the option php, got one (the code): PHP does not sign its cookie. Leave it out',
    )
  })
})

test('express-session is refused: it signs its cookie', async () => {
  const { sessions } = await shared()
  expect(() => expressSession({ secret: 's', store: expressStore(sessions) })).toThrow(
    'sessions: expected sessions without the option php, got some with it (the code): express-session signs its cookie',
  )
})
