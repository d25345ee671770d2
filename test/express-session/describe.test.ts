// What others are told of a request that holds a session.
import type { IncomingMessage } from 'node:http'
import { expect, test } from '@jest/globals'
import { openOptions } from '../../src/express-session/express-options.ts'
import { tidy } from '../../src/session/open-options.ts'

function told(req: object, options = {}): string {
  const request = { method: 'GET', url: '/cart?x=1', headers: { host: 'shop.example' }, ...req }
  return tidy(openOptions(options, request as unknown as IncomingMessage).request ?? '')
}

test('method, host and path, without the query', () => {
  expect(told({})).toBe('GET shop.example/cart')
})

test('the pattern of the route where it is known', () => {
  const routed = { originalUrl: '/reset/t0ken', baseUrl: '/account', route: { path: '/reset/:token' } }
  expect(told(routed)).toBe('GET shop.example/account/reset/:token')
})

test.each(['h'.repeat(5000), 'evil?', 'a\nb?c'])('a Host of %# does not push the path out', host => {
  expect(told({ headers: { host } })).toMatch(/^GET [\w.]{1,80}\/cart$/)
})

test('what the application says instead', () => {
  expect(told({ url: '/reset/t0ken' }, { describe: () => 'GET /reset/*' })).toBe('GET /reset/*')
})
