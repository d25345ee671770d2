// A real PHP and Node on one session, with the record's protocol on both sides.
import { describe, expect, test } from '@jest/globals'
import type { SerializeHandler } from '../../../src/php/serialize-handlers.ts'
import { add, besidePhp, ID, total, underLoad } from '../../support/beside-php.ts'
import { eventsNamed } from '../../support/sessions.ts'

const beside = besidePhp()
const SERIALIZERS: SerializeHandler[] = ['php', 'php_serialize', 'php_binary']

test.each(SERIALIZERS)(
  '%s: a counter and a cart that both sides change at once lose nothing',
  async serializer => {
    const { php, node, refused, dropped, data } = await underLoad(beside, serializer, 500)
    expect([refused, dropped]).toEqual([[], 0])
    expect(data.n).toBe(php + node)
    expect(total(data.cart)).toBe(php + node)
    expect(data.cart.by).toEqual({ php, node })
    expect(Math.min(php, node)).toBeGreaterThan(0)
    expect(await beside.field('lock')).toBe('0')
  },
)

describe('what one side begins, the other goes on with', () => {
  test.each(SERIALIZERS)('%s', async serializer => {
    const php = await beside.php({ serializer })
    const { sessions } = await beside.node({ php: { serializer } })
    const begun = await sessions.open()
    Object.assign(begun.data, { n: 1, cart: { lines: {}, by: {} }, name: 'Zoë' })
    await begun.commit()
    expect(await php.open(begun.id)).toEqual({ n: 1, cart: { lines: [], by: [] }, name: 'Zoë' })
    await php.add()
    expect(await php.close()).toBe(true)
    await sessions.use(begun.id, {}, ({ data }) => {
      expect(data).toEqual({
        n: 2,
        cart: { lines: { sku2: { qty: 1 } }, by: { php: 1 } },
        name: 'Zoë',
      })
    })
  })
})

describe('a logout', () => {
  test('of Node, while a PHP request runs: what PHP writes then is dropped', async () => {
    const php = await beside.php()
    const { sessions } = await beside.node()
    await php.open(ID)
    await php.set({ user: 1 })
    await php.close()
    await php.open(ID)
    await sessions.destroy(ID)
    await php.add()
    expect(await php.close()).toBe(false)
    expect(await beside.field('data')).toBeNull()
    const after = await sessions.open(ID)
    expect([after.isNew, after.data]).toEqual([true, {}])
    await after.release()
  })

  test('of PHP, while a Node request runs: its commit is refused', async () => {
    const php = await beside.php({ breakAfter: 0 })
    const { sessions } = await beside.node()
    await php.open(ID)
    await php.set({ user: 1 })
    await php.close()
    const running = await sessions.open(ID)
    running.data.late = 1
    // A logout of PHP opens the session as well, so it breaks the lock first.
    await php.open(ID)
    await php.destroy()
    expect(await running.commit()).toMatchObject({ written: false })
    expect(await beside.redis.client.exists(`sess_${ID}`)).toBe(0)
  })

  test('of PHP: a waiting Node request gets a new session', async () => {
    const php = await beside.php()
    const { sessions } = await beside.node()
    await php.open(ID)
    await php.set({ user: 1 })
    await php.close()
    await php.open(ID)
    const waiting = sessions.open(ID)
    await php.destroy()
    const opened = await waiting
    expect([opened.isNew, opened.data]).toEqual([true, {}])
    await opened.release()
  })
})

describe('a lock that was broken', () => {
  test('by Node: what PHP writes late is dropped', async () => {
    const php = await beside.php()
    const node = await beside.node({ breakAfter: 1 })
    await php.open(ID)
    await php.set({ n: 0, cart: { lines: { a: { qty: 1 } }, by: { php: 0 } } })
    await php.close()
    await php.open(ID)
    const session = await node.sessions.open(ID)
    expect(eventsNamed(node.events, 'lock-broken')).toHaveLength(1)
    add(session)
    expect(await session.commit()).toMatchObject({ written: true })
    await php.set({ n: 100 })
    expect(await php.close()).toBe(false)
    await node.sessions.use(ID, {}, ({ data }) => expect(data.n).toBe(1))
  })

  test('by PHP: the commit of Node is refused', async () => {
    const php = await beside.php({ breakAfter: 0 })
    const { sessions } = await beside.node()
    await php.open(ID)
    await php.set({ n: 0 })
    await php.close()
    const session = await sessions.open(ID)
    session.data.n = 100
    expect(await php.open(ID)).toEqual({ n: 0 })
    await php.set({ n: 1 })
    expect(await session.commit()).toMatchObject({ written: false, reason: 'lock-lost' })
    expect(await php.close()).toBe(true)
    await sessions.use(ID, {}, ({ data }) => expect(data.n).toBe(1))
  })
})

test.each(['none', 'gzip', 'lzf', 'lz4'] as const)('compressed with %s, both ways', async compression => {
  const php = await beside.php({ compression })
  const { sessions } = await beside.node({ compression })
  const text = 'a long text that repeats itself; '.repeat(200)
  await php.open(ID)
  await php.set({ php: text })
  await php.close()
  const tags = { none: 'php|', gzip: ':gz:', lzf: ':lz:', lz4: ':l4:' }
  expect((await beside.field('data'))?.slice(0, 4)).toBe(tags[compression])
  await sessions.use(ID, {}, ({ data }) => {
    expect(data.php).toBe(text)
    data.node = text
  })
  expect((await beside.field('data'))?.slice(0, 4)).toBe(tags[compression])
  expect(await php.open(ID)).toEqual({ php: text, node: text })
  await php.close()
})
