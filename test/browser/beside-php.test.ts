// The example of a shop that moves from PHP to Node, as a visitor has it.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { launchBrowser, type Storefront, startBesidePhp, stopAll } from './support.ts'

let browser: Browser
let shop: Storefront

beforeAll(async () => {
  ;[browser, shop] = await Promise.all([launchBrowser(), startBesidePhp()])
}, 60_000)

afterAll(async () => {
  await browser?.close()
  expect(await shop?.program.stop()).toMatchObject({ code: 0 })
  await stopAll()
})

test('a visitor fills one cart on the pages of Node and PHP, and sees it on both', async () => {
  const context = await browser.newContext({ baseURL: shop.url })
  const page = await context.newPage()
  const cart = async () => (await page.locator('li').allTextContents()).sort()
  await page.goto('/')
  await page.getByRole('button', { name: 'Add a cup' }).click()
  await page.getByRole('link', { name: 'To the old page' }).click()
  expect(await page.getByRole('heading').textContent()).toContain('by PHP')
  expect(await cart()).toEqual(['1 × cup'])
  await page.getByRole('button', { name: 'Add a teapot' }).click()
  await page.getByRole('button', { name: 'Add a teapot' }).click()
  await page.getByRole('link', { name: 'To the new page' }).click()
  expect(await page.getByRole('heading').textContent()).toContain('by Node')
  expect(await cart()).toEqual(['1 × cup', '2 × teapot'])
  await page.getByRole('link', { name: 'To the old page' }).click()
  await page.getByRole('button', { name: 'Empty the cart' }).click()
  await page.getByRole('link', { name: 'To the new page' }).click()
  expect(await cart()).toEqual([])
  expect((await context.cookies()).map(({ name }) => name)).toEqual(['PHPSESSID'])
  await context.close()
})
