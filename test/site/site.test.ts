// The site that `npm run docs` builds, as a reader has it in a browser. `npm run test:site` builds it first.
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launchBrowser } from '../browser/support.ts'
import { pages } from '../support/pages.ts'
import { type Site, serveSite } from './serve.ts'

const PAGES = pages.flatMap(({ path }) => /^docs\/((?!README)[^/]+)\.md$/.exec(path)?.[1] ?? [])
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }

let site: Site
let browser: Browser
let context: BrowserContext
/** What a page could not load, or has thrown. */
let wrong: string[]

beforeAll(async () => {
  site = await serveSite()
  browser = await launchBrowser()
})

afterEach(() => context?.close())

afterAll(async () => {
  await browser?.close()
  await site?.stop()
})

async function open(options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
  context = await browser.newContext({ ...options, baseURL: site.url })
  const page = await context.newPage()
  wrong = []
  page.on('pageerror', error => wrong.push(error.message))
  page.on('response', answer => {
    if (answer.status() >= 400) wrong.push(`${answer.status()} ${answer.url()}`)
  })
  return page
}

/** Until its scripts answer to keys and clicks. */
async function visit(page: Page, path: string): Promise<void> {
  await page.goto(path)
  await page.waitForFunction("document.querySelector('#app').__vue_app__ !== undefined")
}

test('every page of docs/ has its heading, loads all that it needs, and is in the menu', async () => {
  const page = await open()
  expect(PAGES.length).toBeGreaterThan(20)
  for (const name of ['', ...PAGES, 'reference/latchkey']) {
    await visit(page, `/${name}`)
    expect([name, await page.locator('h1').first().textContent()]).toEqual([
      name,
      expect.stringMatching(/\w/),
    ])
  }
  const menu = await page
    .locator('.VPSidebar a')
    .evaluateAll(links => links.map(it => it.getAttribute('href')))
  expect(PAGES.filter(name => !menu.includes(`/${name}`))).toEqual([])
  expect(wrong).toEqual([])
}, 240_000)

test.each([
  ['lease', 'Operations'],
  ['breakAfter', 'Configuration'],
  ['rotateAfter', 'Security'],
  ['sentinel', 'Redis'],
  ['doctor', 'Commands'],
])(
  'the search for %s finds the page %s before what is made from the types',
  async (words, title) => {
    const page = await open()
    await visit(page, '/')
    await page.keyboard.press('Control+k')
    await page.locator('#localsearch-input').fill(words)
    await page.locator('.VPLocalSearchBox .result').first().waitFor()
    const found = await page.locator('.VPLocalSearchBox .result').evaluateAll(results =>
      results.map(it => ({
        href: it.getAttribute('href') ?? '',
        title: it.textContent?.replace(/^\W+/, '') ?? '',
      })),
    )
    const fromTypes = found.findIndex(({ href }) => href.includes('/reference/'))
    const handWritten = found.slice(0, fromTypes < 0 ? undefined : fromTypes)
    expect(handWritten.map(it => it.title)).toContainEqual(expect.stringMatching(new RegExp(`^${title}`)))
    await page.locator('.VPLocalSearchBox .result').first().click()
    await page.waitForURL(`**${found[0]?.href.split('#')[0]}*`)
    expect(wrong).toEqual([])
  },
  60_000,
)

test('on a phone the menu leads to a page, and no page is wider than the phone', async () => {
  const page = await open(PHONE)
  await visit(page, '/why-lock')
  await page.locator('.VPLocalNav .menu').tap()
  await page.locator('.VPSidebar a', { hasText: 'Operations' }).tap()
  await page.getByRole('heading', { name: 'When things go wrong' }).waitFor()
  for (const name of ['', ...PAGES]) {
    await visit(page, `/${name}`)
    const width = await page.evaluate('document.documentElement.scrollWidth')
    expect([name, width]).toEqual([name, PHONE.viewport.width])
  }
}, 120_000)

test('follows the colours of the system, and the switch changes them', async () => {
  const page = await open({ colorScheme: 'dark' })
  await visit(page, '/why-lock')
  const dark = () => page.evaluate("document.documentElement.classList.contains('dark')")
  expect(await dark()).toBe(true)
  await page.locator('.VPNavBarAppearance .VPSwitchAppearance').click()
  expect(await dark()).toBe(false)
}, 60_000)
