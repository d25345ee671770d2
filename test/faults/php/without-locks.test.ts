// A real PHP with `disable_locking` beside Node. What it overwrites between two requests nobody sees.
import { expect, test } from '@jest/globals'
import type { Finding } from '../../../src/cli/doctor/finding.ts'
import { besidePhp, ID } from '../../support/beside-php.ts'
import { eventsNamed } from '../../support/sessions.ts'
import { latchkey } from '../cli/support.ts'

const beside = besidePhp()

/** A session that Node has stored, and a PHP that takes no locks. */
async function begun() {
  const node = await beside.node()
  const { sessions } = node
  const session = sessions.create(ID)
  session.data.n = 0
  await session.commit()
  return { node, sessions, php: await beside.php({ locking: false }) }
}

async function losses(): Promise<string> {
  const { out } = await latchkey(['doctor', '--json'], {
    REDIS_URL: beside.redis.url,
    LATCHKEY_NAMING: 'plain',
  })
  const { findings } = JSON.parse(out) as { findings: Finding[] }
  return findings
    .filter(({ level }) => level === 'loss')
    .map(({ found, remedy }) => `${found} ${remedy}`)
    .join('\n')
}

test('a write of PHP under the lock of a request of Node is seen at its commit', async () => {
  const { node, sessions, php } = await begun()
  const session = await sessions.open(ID, { request: 'POST shop.example/cart' })
  await php.open(ID)
  await php.set({ n: 5 })
  expect(await php.close()).toBe(true)
  session.data.n = 1
  expect(await session.commit()).toMatchObject({
    written: false,
    reason: 'lock-lost',
    holder: { reset: true },
  })
  expect(eventsNamed(node.events, 'commit-refused')).toMatchObject([{ holder: { reset: true } }])
  await sessions.use(ID, {}, ({ data }) => expect(data.n).toBe(5))
})

test('the next request names the one that lost its lock', async () => {
  const { node, sessions, php } = await begun()
  const first = await sessions.open(ID, { request: 'POST shop.example/cart' })
  await php.open(ID)
  await php.set({ n: 5 })
  await php.close()
  await first.release()
  await sessions.use(ID, {}, ({ data }) => expect(data.n).toBe(5))
  expect(eventsNamed(node.events, 'lock-reset')).toMatchObject([
    { holder: { request: 'POST shop.example/cart' } },
  ])
})

test('doctor counts the session, before the next request meets it and after', async () => {
  const { sessions, php } = await begun()
  expect(await losses()).not.toContain('disable_locking')
  const session = await sessions.open(ID)
  await php.open(ID)
  await php.set({ n: 5 })
  await php.close()
  await session.release()
  const says =
    /takes no locks has stored 1 session while a request of Node held the lock.* Set disable_locking to 0/
  expect(await losses()).toMatch(says)
  await sessions.use(ID, {}, ({ data }) => {
    data.n = 6
  })
  expect(await losses()).toMatch(says)
})

test('a PHP that takes locks is not accused: neither where it waits and writes, nor where it breaks a lock', async () => {
  const { node, sessions } = await begun()
  const php = await beside.php({ breakAfter: 0 })
  const session = await sessions.open(ID)
  await php.open(ID)
  await php.set({ n: 5 })
  await php.close()
  expect(await session.commit()).toMatchObject({ written: false, reason: 'lock-lost' })
  await sessions.use(ID, {}, ({ data }) => expect(data.n).toBe(5))
  const [refused] = eventsNamed(node.events, 'commit-refused')
  expect(refused?.holder?.reset).toBeUndefined()
  expect(eventsNamed(node.events, 'lock-reset')).toEqual([])
  expect(await losses()).not.toContain('disable_locking')
})
