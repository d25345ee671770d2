// The shop for visitors without a mouse, or who cannot see: by keyboard, and as an accessibility checker (axe) judges it.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launchBrowser, type Storefront, startStorefront, stopAll } from './support.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

let browser: Browser
let shop: Storefront
let context: BrowserContext
let page: Page

beforeAll(async () => {
  browser = await launchBrowser()
  shop = await startStorefront()
})

afterAll(async () => {
  await browser?.close()
  await stopAll()
})

afterEach(() => context?.close())

async function open(options: Parameters<Browser['newContext']>[0]): Promise<void> {
  context = await browser.newContext({ ...options, baseURL: shop.url })
  page = await context.newPage()
  page.setDefaultTimeout(15_000)
}

async function logIn(): Promise<void> {
  await page.goto('/login')
  await page.getByLabel('Your name').fill('Ada')
  await page.getByLabel('Password').fill('open sesame')
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByText('Hello, Ada').waitFor()
}

describe('the keyboard alone', () => {
  beforeEach(() => open({ viewport: { width: 1280, height: 800 } }))

  const focused = () => page.evaluate(FOCUSED) as Promise<{ name: string; outline: string }>

  /** Presses Tab until this has the focus, which must be seen on everything on the way. */
  async function tabTo(wanted: string): Promise<void> {
    const met: string[] = []
    while (met.length < 80) {
      await page.keyboard.press('Tab')
      const { name, outline } = await focused()
      expect([name, outline]).toEqual([name, 'solid'])
      if (name === wanted) return
      met.push(name)
    }
    throw new Error(`Tab leads to ${met.join(', ')}, and not to ${wanted}.`)
  }

  test('logs in, fills the cart, and logs out', async () => {
    await page.goto('/')
    await tabTo('Log in')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Log in' }).waitFor()
    await tabTo('Your name')
    await page.keyboard.type('Ada')
    await tabTo('Password')
    await page.keyboard.type('open sesame')
    await page.keyboard.press('Enter')
    await page.getByText('Hello, Ada').waitFor()

    await tabTo('Add to cart: Harbour padlock')
    await page.keyboard.press('Enter')
    await page.getByText('Harbour padlock is in your cart').waitFor()
    await tabTo('View cart')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Your cart' }).waitFor()
    await tabTo('One Harbour padlock more')
    await page.keyboard.press('Space')
    await page.locator('[data-total]', { hasText: '€68.00' }).waitFor()

    await tabTo('Log out')
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: 'Log in' }).waitFor()
    expect(await page.locator('[data-cart-count]').textContent()).toBe('0')
  })

  test('skips to the content', async () => {
    await page.goto('/')
    await tabTo('Skip to the content')
    await page.keyboard.press('Enter')
    await tabTo('Watch your session See its lock at work, live')
  })
})

describe.each([390, 768, 1280])('at a width of %i', width => {
  describe.each(['light', 'dark'] as const)('in %s', colorScheme => {
    beforeEach(() => open({ viewport: { width, height: 900 }, colorScheme, reducedMotion: 'reduce' }))

    async function findings(): Promise<unknown> {
      await page.evaluate(axe)
      return page.evaluate(FINDINGS)
    }

    test('axe finds nothing on the pages of a stranger', async () => {
      const found: Record<string, unknown> = {}
      for (const path of ['/', '/products/night-latch', '/cart', '/login', '/record', '/nowhere']) {
        await page.goto(path)
        found[path] = await findings()
      }
      expect(Object.entries(found).filter(([, what]) => (what as []).length > 0)).toEqual([])
    })

    test('axe finds nothing on the pages of a visitor who has logged in and fills a cart', async () => {
      await logIn()
      await page.getByRole('button', { name: 'Add to cart: Night latch' }).click()
      await page.getByText('Night latch is in your cart').waitFor()
      const found: Record<string, unknown> = { '/?added': await findings() }
      for (const path of ['/products/night-latch', '/cart', '/login', '/record']) {
        await page.goto(path)
        if (path === '/record') await page.locator('[data-record=there]').waitFor()
        found[path] = await findings()
      }
      expect(Object.entries(found).filter(([, what]) => (what as []).length > 0)).toEqual([])
    })
  })
})

const FOCUSED = `(() => {
  const at = document.activeElement
  const name = at.getAttribute('aria-label') ?? at.labels?.[0]?.textContent ?? at.textContent
  return { name: name.trim().replace(/\\s+/g, ' '), outline: getComputedStyle(at).outlineStyle }
})()`

const FINDINGS = `axe.run().then(({ violations }) =>
  violations.map(({ id, nodes }) => ({ id, at: nodes.map(({ target, any }) => [...target, ...any.map(({ message }) => message)]) })))`
