// The shop's own routes. Each runs with the session locked, so none of them needs to think of the others.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Request, Router } from 'express'
import { LONGEST_NOTE, linesOf, MOST, setQuantity } from './cart.ts'
import { deviceOf } from './device.ts'
import { HttpError } from './http-error.ts'
import { cartPage } from './pages/cart.ts'
import { sendPage } from './pages/layout.ts'
import { loggedInPage, loginPage } from './pages/login.ts'
import { productPage } from './pages/product.ts'
import { shopPage } from './pages/shop.ts'
import { findProduct, type Product } from './products.ts'
import { visitorOf } from './visitor.ts'
import { forget } from './visitor-session.ts'

/** The one password of this demo. There are no accounts to protect. */
const PASSWORD = 'open sesame'
const LONGEST_NAME = 40
/** The longest GET /slow will hold a session's lock, in ms. */
const LONGEST_HOLD = 60_000

export function shop(): Router {
  const router = Router()

  router.get('/', (req, res) => {
    const main = shopPage(findProduct(req.query.added))
    sendPage(res, { title: 'Locks and keys', path: '/', visitor: visitorOf(req), main })
  })

  router.get('/products/:id', (req, res) => {
    const product = productOf(req.params.id)
    const main = productPage(product, req.session.cart?.[product.id] ?? 0, findProduct(req.query.added))
    sendPage(res, { title: product.name, visitor: visitorOf(req), main })
  })

  router.get('/cart', (req, res) => {
    const main = cartPage(linesOf(req.session.cart ?? {}), req.session.note ?? '')
    sendPage(res, { title: 'Cart', path: '/cart', visitor: visitorOf(req), main })
  })

  router.post('/cart/add', (req, res) => {
    const { id } = productIn(req)
    const cart = req.session.cart ?? {}
    req.session.cart = setQuantity(cart, id, (cart[id] ?? 0) + quantityIn(req, '1'))
    res.redirect(303, req.body.from === 'product' ? `/products/${id}?added=${id}` : `/?added=${id}#${id}`)
  })

  router.post('/cart/set', (req, res) => {
    req.session.cart = setQuantity(req.session.cart ?? {}, productIn(req).id, quantityIn(req))
    res.redirect(303, '/cart')
  })

  router.post('/cart/remove', (req, res) => {
    req.session.cart = setQuantity(req.session.cart ?? {}, productIn(req).id, 0)
    res.redirect(303, '/cart')
  })

  router.post('/cart/note', (req, res) => {
    req.session.note = field(req, 'note').slice(0, LONGEST_NOTE)
    res.redirect(303, '/cart')
  })

  router.get('/login', (req, res) => {
    const { name } = req.session
    const visitor = visitorOf(req)
    const main =
      name === undefined ? loginPage({ name: '', password: PASSWORD, visitor }) : loggedInPage(visitor)
    sendPage(res, { title: 'Log in', path: '/login', visitor, main })
  })

  router.post('/login', async (req, res) => {
    const name = field(req, 'name').trim().slice(0, LONGEST_NAME)
    const problem = name === '' ? 'Please tell us your name.' : 'That is not the password.'
    if (name === '' || field(req, 'password') !== PASSWORD) {
      const visitor = visitorOf(req)
      const main = loginPage({ name, password: PASSWORD, problem, visitor })
      return sendPage(res, { title: 'Log in', path: '/login', visitor, main }, 422)
    }
    // A new id for the new rights, so that an id known to somebody else from before is worth nothing.
    await req.session.login(name, { device: deviceOf(req.get('User-Agent')) })
    req.session.name = name
    res.redirect(303, '/')
  })

  router.post('/logout', async (req, res) => {
    await req.session.destroy()
    forget(req, res)
    res.redirect(303, '/')
  })

  router.get('/visits', (req, res) => {
    req.session.visits = (req.session.visits ?? 0) + 1
    res.type('text').send(String(req.session.visits))
  })

  router.get('/slow', async (req, res) => {
    const asked = Number(req.query.ms ?? 500)
    const ms = Number.isFinite(asked) ? Math.min(Math.max(asked, 0), LONGEST_HOLD) : 500
    await sleep(ms)
    res.type('text').send(`Held the session for ${ms} ms.`)
  })

  return router
}

function productIn(req: Request): Product {
  return productOf(field(req, 'product'))
}

function productOf(id: string): Product {
  const product = findProduct(id)
  if (product === undefined) throw new HttpError(404, 'The shop has no such product.')
  return product
}

function quantityIn(req: Request, otherwise = ''): number {
  const text = field(req, 'quantity') || otherwise
  if (!/^\d{1,4}$/.test(text)) throw new HttpError(422, `A quantity is a whole number from 0 to ${MOST}.`)
  return Number(text)
}

/** A form field as text: absent and repeated ones are empty. */
function field(req: Request, name: string): string {
  const value: unknown = req.body?.[name]
  return typeof value === 'string' ? value : ''
}
