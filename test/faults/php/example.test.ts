// The example of a shop that moves from PHP to Node, as its one command starts it.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { browse } from '../../express/support.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
let example: ChildProcess
let port = 0

beforeAll(async () => {
  const { PATH, HOME, TMPDIR } = process.env
  example = spawn(process.execPath, ['--import', 'tsx', 'examples/beside-php/start.ts'], {
    cwd: root,
    env: { PATH, HOME, TMPDIR, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (!example.stdout) throw new Error('no output')
  const [line] = await once(createInterface({ input: example.stdout }), 'line')
  port = Number(/http:\/\/localhost:(\d+)/.exec(line)?.[1])
}, 60_000)

afterAll(async () => {
  const ended = once(example, 'exit')
  example.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
})

const cartOf = (html: string) => [...html.matchAll(/<li>(.*)<\/li>/g)].map(([, line]) => line)
const POST = { method: 'POST', headers: { 'content-length': '0' } }

test.each([
  ['Node', '/new', '/old'],
  ['PHP', '/old', '/new'],
])('a cart that begins on the page of %s goes on with the other', async (_, first, second) => {
  const browser = browse(port)
  for (const path of [first, second, first, second]) {
    const answer = await browser.ask(path, POST)
    expect(answer.status).toBe(303)
  }
  const expected = ['2 × cup', '2 × teapot']
  expect(cartOf((await browser.ask(first)).text).sort()).toEqual(expected)
  expect(cartOf((await browser.ask(second)).text).sort()).toEqual(expected)
  expect([...browser.cookies.keys()]).toEqual(['PHPSESSID'])
})

test('a cart that PHP has emptied is filled by Node', async () => {
  const browser = browse(port)
  await browser.ask('/old', POST)
  await browser.ask('/old?empty', POST)
  await browser.ask('/new', POST)
  expect(cartOf((await browser.ask('/old')).text)).toEqual(['1 × cup'])
})
