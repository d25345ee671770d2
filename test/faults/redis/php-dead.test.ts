// A PHP holder that dies: at once where its process was seen alive on this very host, and otherwise by breakAfter alone.
import { type ChildProcess, spawn } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { ownHandlers, stored, waiting } from '../../redis/support.ts'
import { eventsNamed, eventually } from '../../support/sessions.ts'

const { redis, handler } = ownHandlers()
let folder: string

/** What the kernel calls `php` is all that is looked at. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-php-'))
  copyFileSync('/bin/sleep', join(folder, 'php-fpm8.2'))
})
afterAll(() => rmSync(folder, { recursive: true }))

async function process(name = 'php-fpm8.2'): Promise<ChildProcess> {
  const child = spawn(join(name === 'sleep' ? '/bin' : folder, name), ['1000'])
  await new Promise(resolve => child.once('spawn', resolve))
  return child
}

async function ended(child: ChildProcess): Promise<void> {
  const exited = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGKILL')
  await exited
}

async function heldBy(pid: number | undefined) {
  const node = await handler({ naming: 'plain' })
  const id = await stored(node)
  const key = `sess_${id}`
  await redis.client.hset(key, { lock: 1, pid: `${hostname()}|${pid}`, req: 'GET shop.example/php' })
  const waiter = node.sessions.open(id)
  await waiting(node, id, 1)
  return { node, key, waiter }
}

/** So many times the waiter has asked since. */
async function looks(count: number): Promise<void> {
  const asked = async () =>
    Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.client.info('commandstats'))?.[1] ?? 0)
  const first = await asked()
  await eventually(async () => (await asked()) >= first + count)
}

test('one that was seen alive here, and is killed, is dead at once', async () => {
  const php = await process()
  const { node, waiter } = await heldBy(php.pid)
  await looks(2)
  expect(eventsNamed(node.events, 'lock-broken')).toEqual([])
  await ended(php)
  await (await waiter).release()
  expect(eventsNamed(node.events, 'lock-broken')).toMatchObject([
    { because: 'dead', holder: { token: `${hostname()}|${php.pid}` } },
  ])
})

test('one that was never seen alive may live in another container of this name: it is left to breakAfter', async () => {
  const php = await process()
  await ended(php)
  const { node, key, waiter } = await heldBy(php.pid)
  await looks(5)
  expect(eventsNamed(node.events, 'lock-broken')).toEqual([])
  await redis.client.hset(key, 'lock', 0)
  await (await waiter).release()
})

test('a process of its number that is no PHP says nothing', async () => {
  const other = await process('sleep')
  const { node, key, waiter } = await heldBy(other.pid)
  await looks(2)
  await ended(other)
  await looks(5)
  expect(eventsNamed(node.events, 'lock-broken')).toEqual([])
  await redis.client.hset(key, 'lock', 0)
  await (await waiter).release()
})
