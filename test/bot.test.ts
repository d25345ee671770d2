import { describe, expect, test } from '@jest/globals'
import { botJudge } from '../src/bot.ts'

const isBot = botJudge('all')

describe('a bot is', () => {
  test.each([
    ['a visitor without a user agent', undefined],
    ['one whose user agent is null', null],
    ['one whose user agent is empty', ''],
    ['Google', 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'],
    ['Bing', 'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)'],
    ['curl', 'curl/8.5.0'],
    ['Facebook', 'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)'],
    ['a library', 'python-requests/2.31.0'],
  ])('%s', (_, userAgent) => {
    expect(isBot(userAgent)).toBe(true)
  })
})

describe('a person is', () => {
  test.each([
    ['Firefox', 'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0'],
    [
      'Chrome',
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Safari/537.36',
    ],
    [
      'Safari on a phone',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1',
    ],
  ])('%s', (_, userAgent) => {
    expect(isBot(userAgent)).toBe(false)
  })
})

test('a user agent is judged alike however many were seen before', () => {
  const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0'
  expect(isBot('Googlebot/2.1')).toBe(true)
  for (let version = 0; version < 3000; version += 1) isBot(`${firefox} ${version}`)
  expect([isBot(firefox), isBot('Googlebot/2.1'), isBot(`${firefox} 7`)]).toEqual([false, true, false])
})

test('names of Object.prototype are user agents like any other', () => {
  expect(['__proto__', 'constructor', 'toString'].map(userAgent => typeof isBot(userAgent))).toEqual(
    Array(3).fill('boolean'),
  )
})

describe('crawlers, the default', () => {
  const isCrawler = botJudge('crawlers')

  test.each([
    'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
    'facebookexternalhit/1.1',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0 Safari/537.36',
    'GPTBot/1.0',
    'Scrapy/2.11',
    'UptimeRobot/2.0',
  ])('are bots: %s', userAgent => {
    expect(isCrawler(userAgent)).toBe(true)
  })

  test.each([
    undefined,
    null,
    '',
    'node',
    'undici',
    'axios/1.6.2',
    'okhttp/4.12.0',
    'ReactNative/0.73',
    'MyShop/1 CFNetwork/1410 Darwin/22',
    'Dart/3.2 (dart:io)',
    'got (https://github.com/sindresorhus/got)',
    'Go-http-client/1.1',
    'curl/8.5.0',
    'python-requests/2.31.0',
  ])('are not a tool of people or servers: %s', userAgent => {
    expect(isCrawler(userAgent)).toBe(false)
  })
})

test('a list names bots by texts in their user agents, in whatever case', () => {
  const isBot = botJudge(['pricehunter', 'Check'])
  expect(['PriceHunter/2', 'kube-check', 'Googlebot/2.1', undefined].map(isBot)).toEqual([
    true,
    true,
    false,
    false,
  ])
})
