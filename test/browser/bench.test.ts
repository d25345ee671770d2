// The bench's report as somebody opens it: from a file, at a desk and on a phone, in light and dark.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { main } from '../../bench/main.ts'
import { COMPRESSORS, type Compressor } from '../../src/codec/index.ts'
import { launchBrowser } from './support.ts'

const desk = { viewport: { width: 1280, height: 800 } }
const phone = { viewport: { width: 360, height: 780 }, isMobile: true, hasTouch: true, deviceScaleFactor: 3 }
const screens: { screen: string; options: BrowserContextOptions }[] = [
  { screen: 'a desk in light', options: { ...desk, colorScheme: 'light' } },
  { screen: 'a desk in dark', options: { ...desk, colorScheme: 'dark' } },
  { screen: 'a phone in light', options: { ...phone, colorScheme: 'light' } },
  { screen: 'a phone in dark', options: { ...phone, colorScheme: 'dark' } },
]

/** Its name and its excuse must come out as text. */
const strange: Compressor = {
  name: 'strange',
  tag: ':st:',
  compress: data => data,
  decompress: data => data,
  unavailable: () => '<b id="injected">not</b> & "never"',
}

let folder: string
let url: string
let browser: Browser

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-report-'))
  const path = join(folder, 'report.html')
  const quiet = { write() {} }
  const plan = { groups: { time: 300, rounds: 5 }, sizes: { time: 100, rounds: 3 } }
  const surroundings = {
    out: quiet,
    screen: quiet,
    environment: {},
    compressors: [...COMPRESSORS, strange],
    plan,
  }
  expect(await main(['--html', path], surroundings)).toBe(0)
  url = pathToFileURL(path).href
  browser = await launchBrowser()
})

afterAll(async () => {
  await browser?.close()
  await rm(folder, { recursive: true, force: true })
})

describe.each(screens)('at $screen', ({ options }) => {
  let context: BrowserContext
  let page: Page
  let problems: string[]
  let requests: string[]

  beforeEach(async () => {
    problems = []
    requests = []
    context = await browser.newContext(options)
    page = await context.newPage()
    page.setDefaultTimeout(15_000)
    page.on('console', message => problems.push(message.text()))
    page.on('pageerror', error => problems.push(error.message))
    page.on('request', request => requests.push(request.url()))
    await page.goto(url)
  })

  afterEach(async () => {
    await context.close()
    expect(problems).toEqual([])
    expect(requests.filter(request => request !== url && !request.startsWith('data:'))).toEqual([])
  })

  test('it fits the screen, closed and with every table open', async () => {
    const width = () => page.evaluate('document.documentElement.scrollWidth')
    expect(await width()).toBe(options.viewport?.width)
    await page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    expect(await width()).toBe(options.viewport?.width)
  })

  test('what explains a table can be read without scrolling it', async () => {
    await page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    const explained = page.getByText(/^(6 KB cart, JSON: what each library|The smallest size from which)/)
    expect(await explained.count()).toBe(2)
    const inside = await explained.evaluateAll(elements =>
      (elements as unknown as { closest(what: string): Element | null }[]).map(each => {
        const [box, card] = [each as unknown as Element, each.closest('.card')].map(one =>
          one?.getBoundingClientRect(),
        )
        return box !== undefined && card !== undefined && box.right <= card.right
      }),
    )
    expect(inside).toEqual([true, true])
  })

  test('three recommendations stand at the top, each with its lines for the config', async () => {
    for (const title of ['Fastest request', 'Least memory', 'Balanced']) {
      await page.getByRole('heading', { name: title, exact: true }).waitFor()
    }
    const lines = await page.getByLabel('Lines for config.json').allTextContents()
    expect(lines).toHaveLength(3)
    for (const text of lines) expect(JSON.parse(`{${text}}`)).toHaveProperty('compression')
  })

  test('the charts have names, and their words cover neither each other nor the edge', async () => {
    const charts = page.getByRole('img', { name: /against/ })
    expect(await charts.count()).toBe(7)
    const faults = await charts.evaluateAll(elements => {
      const found: string[] = []
      for (const chart of elements as unknown as Chart[]) {
        const frame = chart.getBoundingClientRect()
        const texts = [...chart.querySelectorAll('text')].map(text => ({
          says: text.textContent,
          box: text.getBoundingClientRect(),
        }))
        for (const [at, { says, box }] of texts.entries()) {
          if (box.left < frame.left - 1 || box.right > frame.right + 1) found.push(`${says} is cut off`)
          for (const other of texts.slice(at + 1)) {
            const across = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left)
            const down = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top)
            // Half a line of shared leading is no collision.
            if (across > 1 && down > box.height / 3) found.push(`${says} covers ${other.says}`)
          }
        }
      }
      return found
    })
    expect(faults).toEqual([])
  })

  test('the words can be read against what is behind them', async () => {
    const contrasts = (await page.evaluate(CONTRASTS)) as { says: string; ratio: number }[]
    expect(contrasts.length).toBeGreaterThan(50)
    expect(contrasts.filter(({ ratio }) => ratio < 4.5)).toEqual([])
  })

  test('the keyboard opens a table, and the table has what the chart shows', async () => {
    const summary = page.getByText('6 KB cart, JSON as a table')
    await summary.focus()
    await page.keyboard.press('Enter')
    const table = page.getByRole('region', { name: '6 KB cart, JSON, table' })
    await table.waitFor()
    const names = await table.getByRole('rowheader').allTextContents()
    expect(names).toEqual(expect.arrayContaining(['none', 'gzip 1', 'gzip 9', 'lz4', 'snappy', 'lzf']))
    await page.keyboard.press('Tab')
    expect(await page.evaluate("document.activeElement.getAttribute('aria-label')")).toBe(
      '6 KB cart, JSON, table',
    )
  })

  test('what a library says of itself is text, and nothing else', async () => {
    await page.getByText('<b id="injected">not</b> & "never"').waitFor()
    expect(await page.locator('#injected').count()).toBe(0)
  })
})

/** What is used of the DOM, whose types this project does without. */
interface Box {
  left: number
  right: number
  top: number
  bottom: number
  height: number
}
interface Element {
  textContent: string
  getBoundingClientRect(): Box
}
interface Chart extends Element {
  querySelectorAll(what: string): Iterable<Element>
}

/** The contrast (WCAG) of each piece of text with the nearest ground behind it. */
const CONTRASTS = `(() => {
  const channels = colour => colour.match(/[\\d.]+/g).map(Number)
  const light = colour => {
    const [r, g, b] = channels(colour).map(c => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const ground = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor
      if (channels(colour)[3] !== 0) return colour
    }
    return 'rgb(255,255,255)'
  }
  return [...document.querySelectorAll('h1,h2,h3,p,pre,li,summary,th,td,dt,dd,svg text')]
    .filter(element => element.textContent.trim() !== '')
    .map(element => {
      const style = getComputedStyle(element)
      const ink = element.tagName === 'text' ? style.fill : style.color
      const [a, b] = [light(ink), light(ground(element))].sort((x, y) => y - x)
      return { says: element.textContent.slice(0, 40), ratio: (a + 0.05) / (b + 0.05) }
    })
})()`
