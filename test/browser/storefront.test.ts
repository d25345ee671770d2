// The shop as a visitor has it: in a browser, at a desk, on a tablet and on a phone, on Redis and on the embedded store.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { launchBrowser, type ShopOn, startStorefrontOn, stopAll } from './support.ts'

const screens: { screen: string; options: BrowserContextOptions }[] = [
  { screen: 'a desk', options: { viewport: { width: 1280, height: 800 } } },
  { screen: 'a tablet', options: { viewport: { width: 768, height: 1024 }, hasTouch: true } },
  {
    screen: 'a phone',
    options: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 3 },
  },
]

let browser: Browser

beforeAll(async () => {
  browser = await launchBrowser()
})

afterAll(async () => {
  await browser?.close()
  await stopAll()
})

describe.each([{ store: 'redis' }, { store: 'memory' }])('on $store', ({ store }) => {
  let shop: ShopOn

  beforeAll(async () => {
    shop = await startStorefrontOn(store)
  })
  afterAll(() => shop?.stop())

  describe.each(screens)('at $screen', ({ options }) => {
    let context: BrowserContext
    let page: Page
    let problems: string[]

    beforeEach(async () => {
      problems = []
      context = await browser.newContext({ ...options, baseURL: shop.url })
      page = await context.newPage()
      page.setDefaultTimeout(15_000)
      page.on('console', message => {
        if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text())
      })
      page.on('pageerror', error => problems.push(error.message))
      page.on('requestfailed', request => {
        // A page that is left takes its running requests with it.
        const why = request.failure()?.errorText
        if (why !== 'net::ERR_ABORTED') problems.push(`${request.url()}: ${why}`)
      })
      page.on('response', response => {
        if (response.status() >= 400) problems.push(`${response.url()}: ${response.status()}`)
      })
    })

    afterEach(async () => {
      const seen = [...problems]
      await context.close()
      expect(seen).toEqual([])
    })

    const count = async () => Number(await page.locator('[data-cart-count]').textContent())

    async function add(product: string) {
      await page.goto('/')
      await page.getByRole('button', { name: `Add to cart: ${product}` }).click()
      await page
        .getByRole('status')
        .filter({ hasText: `${product} is in your cart` })
        .waitFor()
    }

    test('a cart outlives the login under a new id, and ends at logout', async () => {
      await add('Harbour padlock')
      await add('Hallway rail')
      expect(await count()).toBe(2)
      const before = await sessionCookie()

      await page.getByRole('link', { name: 'Log in' }).click()
      await page.getByLabel('Your name').fill('<b>Ada</b> & Co')
      await page.getByLabel('Password').fill('open sesame')
      await page.getByRole('button', { name: 'Log in' }).click()
      await page.getByText('Hello, <b>Ada</b> & Co').waitFor()
      expect(await count()).toBe(2)
      expect(await sessionCookie()).not.toBe(before)

      await page.goto('/cart')
      await page.getByRole('heading', { name: 'Hallway rail' }).waitFor()
      await page.getByRole('button', { name: 'Log out' }).click()
      await page.getByRole('link', { name: 'Log in' }).waitFor()
      expect(await count()).toBe(0)
      await page.goto('/cart')
      await page.getByRole('heading', { name: 'Your cart is empty' }).waitFor()
    })

    test('a cart changes by steps, by number and by removal', async () => {
      await add('Loop keyring')
      await page.goto('/cart')
      await page.getByRole('button', { name: 'One Loop keyring more' }).click()
      await page.locator('[data-total]', { hasText: '€22.90' }).waitFor()
      await page.getByLabel('Quantity of Loop keyring').fill('7')
      await page.getByLabel('Quantity of Loop keyring').press('Enter')
      await page.locator('[data-total]', { hasText: '€63.00' }).waitFor()
      expect(await count()).toBe(7)
      await page.getByRole('button', { name: 'One Loop keyring less' }).click()
      await page.locator('[data-total]', { hasText: '€54.00' }).waitFor()
      await page.getByRole('button', { name: 'Remove Loop keyring' }).click()
      await page.getByRole('heading', { name: 'Your cart is empty' }).waitFor()
    })

    test('a product has a page, from which some of it go into the cart', async () => {
      await page.goto('/')
      await page.getByRole('link', { name: 'Saddler’s fob' }).click()
      await page.getByRole('heading', { name: 'Saddler’s fob', level: 1 }).waitFor()
      await page.getByLabel('Quantity').fill('3')
      await page.getByRole('button', { name: 'Add to cart' }).click()
      await page.getByText('In your cart: 3.').waitFor()
      expect(await count()).toBe(3)
      await page.getByRole('link', { name: 'All products' }).click()
      await page.getByRole('heading', { name: 'Locks, keys, and the rings that hold them' }).waitFor()
    })

    test('an empty cart offers something, and the login says what is in the session', async () => {
      await page.goto('/cart')
      await page.getByRole('button', { name: 'Add to cart: Night latch' }).click()
      await page.goto('/login')
      await page.getByText('Your cart has one thing in it.').waitFor()
    })

    test('the record page shows the holder, who waits, and the compression', async () => {
      await page.goto('/record')
      await page.getByText('There is no record yet').waitFor()
      await add('Night latch')
      await page.goto('/record')
      await field('lock', 'Free').waitFor()
      await field('writes', '1').waitFor()
      await field('compression', 'none').waitFor()

      await page.getByRole('button', { name: 'Hold the lock for 3 s' }).click()
      await field('request', '/slow').waitFor()
      await page.getByRole('button', { name: 'Count a visit' }).click()
      await page.getByRole('button', { name: 'Count a visit' }).click()
      await field('waiters', '2').waitFor()
      await field('lock', 'Held for').waitFor()
      await page.getByRole('status').filter({ hasText: 'Visit number 2.' }).waitFor()
      await field('lock', 'Free').waitFor()
      await field('waiters', '0').waitFor()

      await page.goto('/cart')
      await page.getByLabel('A note for the engraver').fill('Quick as a latch, sure as a key. '.repeat(150))
      await page.getByRole('button', { name: 'Save the note' }).click()
      await page.goto('/record')
      await field('compression', 'snappy').waitFor()
      await field('saving', '% saved').waitFor()
    })

    test('the race loses nothing on Latchkey, and much on express-session', async () => {
      await page.goto('/record')
      await page.getByRole('button', { name: 'Run the race' }).click()
      await page.locator('[data-lane=latchkey][data-state=running]').waitFor()
      await page.locator('[data-lane=rival][data-state=done]').waitFor()
      const lost = async (lane: string) =>
        Number(await page.locator(`[data-lane=${lane}] [data-race-field=lost]`).textContent())
      expect(await lost('latchkey')).toBe(0)
      expect(await lost('rival')).toBeGreaterThan(0)
      await page.getByText('1 → 201').waitFor()
      expect(await page.locator('[data-race-field=answered]').allTextContents()).toEqual([
        '200 of 200',
        '200 of 200',
      ])
    })

    test('the page of devices ends the session of another browser, and then all others', async () => {
      // Each screen logs in as another user: they share the shop.
      const user = `Ada at ${options.viewport?.width}`
      const laptop = await browser.newContext({ baseURL: shop.url, userAgent: FIREFOX_ON_WINDOWS })
      const tablet = await browser.newContext({ baseURL: shop.url, userAgent: SAFARI_ON_IPAD })
      try {
        const others = [await laptop.newPage(), await tablet.newPage()]
        await logIn(page, user)
        for (const other of others) await logIn(other, user)

        await page.getByRole('link', { name: 'Devices' }).click()
        await page.getByRole('heading', { name: 'Your devices', level: 1 }).waitFor()
        expect(await page.locator('[data-device]').count()).toBe(3)
        await page.locator('[data-device]', { hasText: 'This device' }).waitFor()
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(options.viewport?.width)

        await page.getByRole('button', { name: 'Sign out: Firefox on Windows' }).click()
        await page.getByText('Ends the other session').waitFor()
        expect(await page.locator('[data-device]').count()).toBe(2)
        const [atLaptop, atTablet] = others as [Page, Page]
        await atLaptop.goto('/devices')
        await atLaptop.getByRole('button', { name: 'Log in' }).waitFor()
        await atTablet.goto('/devices')
        await atTablet.getByText(`Hello, ${user}`).waitFor()

        await page.getByRole('button', { name: 'Sign out everywhere else' }).click()
        await page.getByText('Ends the other session').waitFor({ state: 'detached' })
        expect(await page.locator('[data-device]').count()).toBe(1)
        await atTablet.goto('/devices')
        await atTablet.getByRole('button', { name: 'Log in' }).waitFor()
        await page.getByText(`Hello, ${user}`).waitFor()
      } finally {
        await laptop.close()
        await tablet.close()
      }
    })

    test('every page fits the screen, with targets large enough for a thumb', async () => {
      await add('Spare pair')
      for (const path of ['/', '/products/night-latch', '/cart', '/login', '/record']) {
        await page.goto(path)
        const width = await page.evaluate('document.documentElement.scrollWidth')
        expect([path, width]).toEqual([path, options.viewport?.width])
        const small =
          'a[href^="/"]:not(.skip), button:not(.hidden-until-focus), input:not([type=hidden]), textarea'
        const boxes = await page.locator(small).evaluateAll(elements =>
          elements
            .map(element => (element as unknown as Measurable).getBoundingClientRect())
            .filter(({ height }) => height > 0)
            .map(({ height }) => Math.round(height)),
        )
        expect(boxes.length).toBeGreaterThan(0)
        expect(Math.min(...boxes)).toBeGreaterThanOrEqual(44)
      }
    })

    test('the page says so when sessions end with the process', async () => {
      await page.goto('/')
      expect(await page.getByText('Embedded store').count()).toBe(store === 'memory' ? 1 : 0)
    })

    async function logIn(at: Page, name: string): Promise<void> {
      await at.goto('/login')
      await at.getByLabel('Your name').fill(name)
      await at.getByLabel('Password').fill('open sesame')
      await at.getByRole('button', { name: 'Log in' }).click()
      await at.getByText(`Hello, ${name}`).waitFor()
    }

    function field(name: string, text: string) {
      return page.locator(`[data-field=${name}]`, { hasText: text })
    }

    async function sessionCookie(): Promise<string | undefined> {
      return (await context.cookies()).find(({ name }) => name === 'sid')?.value
    }
  })
})

const FIREFOX_ON_WINDOWS = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'
const SAFARI_ON_IPAD =
  'Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1'

/** What is used of the DOM, whose types this project does without. */
interface Measurable {
  getBoundingClientRect(): { height: number }
}
