// passport 0.7 over our own middleware: it regenerates at login and logout, saves, and copies the session with keepSessionInfo.
import { expect, test } from '@jest/globals'
import type { RequestHandler } from 'express'
import passport from 'passport'
import { type Browser, type Shop, shop } from '../../express/support.ts'
import { ownRedis } from '../../support/own-redis.ts'

type Passported = {
  user?: { name: string }
  isAuthenticated(): boolean
  logout(options: object, done: (error?: unknown) => void): void
}

const redis = ownRedis()

/** Takes the name of who asks from a header, as passport-local takes it from a form. */
class ByHeader extends passport.Strategy {
  override name = 'header'
  override authenticate(req: { headers: Record<string, unknown> }): void {
    const name = req.headers['x-name']
    if (name === 'ada') this.success({ name })
    else this.fail('no such visitor', 401)
  }
}

function passported(): Promise<Shop> {
  return shop(redis, (app, sessioned) => {
    const own = new passport.Passport()
    own.use(new ByHeader())
    own.serializeUser((user, done) => done(null, user.name))
    own.deserializeUser((name, done) => done(null, { name }))
    app.use(sessioned, own.initialize(), own.session())
    const login =
      (options: object): RequestHandler =>
      (req, res, next) =>
        own.authenticate('header', options)(req, res, next)
    const logout =
      (options: object): RequestHandler =>
      (req, res, next) =>
        (req as unknown as Passported).logout(options, error => (error ? next(error) : res.redirect('/')))
    app.post('/cart', (req, res) => {
      req.session.basket = ['tea']
      res.end()
    })
    app.post('/remember', (req, _res, next) => {
      req.session.cookie.maxAge = 3_600_000
      next()
    })
    app.post(['/login', '/remember'], login({ keepSessionInfo: true, successRedirect: '/' }))
    app.post('/login-empty', login({ successRedirect: '/' }))
    app.post('/logout', logout({}))
    app.post('/logout-keeping', logout({ keepSessionInfo: true }))
    app.get('/', (req, res) => {
      const { user } = req as unknown as Passported
      res.json({
        user: user?.name,
        basket: req.session.basket,
        passport: req.session.passport,
        age: req.session.cookie.originalMaxAge,
      })
    })
  })
}

const login = (browser: Browser, path = '/login', name = 'ada') =>
  browser.ask(path, { method: 'POST', headers: { 'x-name': name } })
const post = (browser: Browser, path: string) => browser.ask(path, { method: 'POST' })
const page = async (browser: Browser) => JSON.parse((await browser.ask('/')).text)

test('a login gives a new id, keeps the cart with keepSessionInfo, and ends the session of the old id', async () => {
  const { browser, sessions, atRest } = await passported()
  const ada = await browser()
  await post(ada, '/cart')
  const before = ada.id()
  expect(await login(ada)).toMatchObject({ status: 302, headers: { location: '/' } })
  expect(ada.id()).not.toBe(before)
  expect(await page(ada)).toEqual({ user: 'ada', basket: ['tea'], passport: { user: 'ada' }, age: null })
  await atRest()
  expect(await sessions.inspect(before)).toBeUndefined()
})

test('a login without keepSessionInfo begins with an empty session', async () => {
  const { browser } = await passported()
  const ada = await browser()
  await post(ada, '/cart')
  await login(ada, '/login-empty')
  expect(await page(ada)).toEqual({ user: 'ada', passport: { user: 'ada' }, age: null })
})

test('a session that was planted before the login is of no use after it', async () => {
  const { browser } = await passported()
  const thief = await browser()
  await post(thief, '/cart')
  const victim = await browser()
  for (const [name, value] of thief.cookies) victim.cookies.set(name, value)
  await login(victim)
  expect((await page(victim)).user).toBe('ada')
  expect(victim.id()).not.toBe(thief.id())
  // Pages that were under way may read the old data for some seconds more. It knows nothing of the login.
  expect((await page(thief)).user).toBeUndefined()
  await post(thief, '/cart')
  expect((await page(thief)).user).toBeUndefined()
  expect((await page(victim)).user).toBe('ada')
})

test('a login of a visitor without a session makes one', async () => {
  const { browser, atRest } = await passported()
  const ada = await browser()
  await login(ada)
  expect((await page(ada)).user).toBe('ada')
  await atRest()
})

test('a failed login changes nothing', async () => {
  const { browser, sessions, atRest } = await passported()
  const eve = await browser()
  await post(eve, '/cart')
  const before = eve.id()
  expect((await login(eve, '/login', 'eve')).status).toBe(401)
  expect(eve.id()).toBe(before)
  expect(await page(eve)).toEqual({ basket: ['tea'], age: null })
  await atRest()
  expect((await sessions.inspect(before))?.writes).toBe(1)
})

test('a logout gives a new id and leaves nothing of the session; the old cookie is worth nothing', async () => {
  const { browser, sessions, atRest } = await passported()
  const ada = await browser()
  await post(ada, '/cart')
  await login(ada)
  const before = ada.id()
  const old = new Map(ada.cookies)
  expect((await post(ada, '/logout')).status).toBe(302)
  expect(await page(ada)).toEqual({ age: null })
  await atRest()
  expect(await sessions.inspect(before)).toBeUndefined()
  const thief = await browser()
  for (const [name, value] of old) thief.cookies.set(name, value)
  expect(await page(thief)).toEqual({ age: null })
})

test('a logout with keepSessionInfo keeps the cart under a new id, without the user', async () => {
  const { browser } = await passported()
  const ada = await browser()
  await post(ada, '/cart')
  await login(ada)
  const before = ada.id()
  await post(ada, '/logout-keeping')
  expect(ada.id()).not.toBe(before)
  expect(await page(ada)).toEqual({ basket: ['tea'], passport: {}, age: null })
})

test('what a visitor said about the cookie before the login goes on with keepSessionInfo, and ends with the logout', async () => {
  const { browser } = await passported()
  const ada = await browser()
  const answer = await login(ada, '/remember')
  expect(String(answer.headers['set-cookie'])).toContain('Expires=')
  expect((await page(ada)).age).toBe(3_600_000)
  await post(ada, '/logout')
  await post(ada, '/cart')
  expect(await page(ada)).toEqual({ basket: ['tea'], age: null })
})

test('twenty pages that a login overlaps with see the visitor logged in or not, and lose nothing', async () => {
  const { browser, atRest } = await passported()
  const ada = await browser()
  await post(ada, '/cart')
  const other = await browser()
  for (const [name, value] of ada.cookies) other.cookies.set(name, value)
  const asked = Array.from({ length: 20 }, (_, i) => (i === 7 ? login(ada) : other.ask('/')))
  for (const { status } of await Promise.all(asked)) expect([200, 302]).toContain(status)
  expect(await page(ada)).toMatchObject({ user: 'ada', basket: ['tea'] })
  await atRest()
})
