// A NestJS application over Express, with session() mounted as its documentation mounts express-session: app.use(session(…)).
// Started with the address of a Redis server; tells its port.
import 'reflect-metadata'
import { Controller, Get, HttpCode, Module, Post, Redirect, Req, Res, Session } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { session } from '../../src/express/index.ts'
import { createSessions } from '../../src/index.ts'

class Shop {
  cart(data) {
    return data.items ?? []
  }
  async add(data) {
    const items = data.items ?? []
    // As long as the request takes, others wait.
    await new Promise(resolve => setTimeout(resolve, 2))
    data.items = [...items, items.length]
    return data.items
  }
  async login(req) {
    const { items } = req.session
    await req.session.regenerate()
    Object.assign(req.session, { items, user: 'ada' })
  }
  me(req, data) {
    return { user: data?.user ?? null, id: req.sessionID }
  }
  async logout(req, res) {
    await req.session.destroy()
    res.json({ session: req.session ?? null })
  }
  fails(data) {
    data.items = ['before it failed']
    throw new Error('it failed')
  }
}

// Decorators without their syntax, which plain JavaScript does not have yet.
const route = (name, kind, ...others) => {
  const descriptor = Object.getOwnPropertyDescriptor(Shop.prototype, name)
  for (const decorate of [kind, ...others]) decorate(Shop.prototype, name, descriptor)
}
const parameters = (name, ...kinds) => {
  for (const [at, kind] of kinds.entries()) kind(Shop.prototype, name, at)
}
Controller()(Shop)
route('cart', Get('cart'))
parameters('cart', Session())
route('add', Post('cart'), HttpCode(200))
parameters('add', Session())
route('login', Post('login'), Redirect('/me'))
parameters('login', Req())
route('me', Get('me'))
parameters('me', Req(), Session())
route('logout', Post('logout'), HttpCode(200))
parameters('logout', Req(), Res())
route('fails', Post('fails'))
parameters('fails', Session())

class App {}
Module({ controllers: [Shop] })(App)

const sessions = createSessions({ redis: { url: process.argv[2] }, logLevel: 'silent' })
const app = await NestFactory.create(App, { logger: false })
app.use(session({ sessions, secret: 's' }))
await app.listen(0, '127.0.0.1')
process.send(app.getHttpServer().address().port)
process.once('message', async () => {
  await app.close()
  await sessions.close()
  process.disconnect()
})
