// A real PHP and Node on one session for longer, and with processes that are killed.
import { expect, test } from '@jest/globals'
import { add, besidePhp, ID, total, underLoad } from '../../support/beside-php.ts'
import { eventsNamed, eventually } from '../../support/sessions.ts'
import { startWorker } from '../../support/worker-client.ts'

const beside = besidePhp()

test('for twenty seconds, a counter and a cart that both sides change at once lose nothing', async () => {
  const { php, node, refused, dropped, data } = await underLoad(beside, 'php', 20_000)
  expect([refused, dropped]).toEqual([[], 0])
  expect(data.n).toBe(php + node)
  expect(total(data.cart)).toBe(php + node)
  expect(data.cart.by).toEqual({ php, node })
  expect(await beside.field('lock')).toBe('0')
}, 90_000)

/** How many scripts Redis has run. */
async function scriptsRun(): Promise<number> {
  const stats = await beside.redis.client.info('commandstats')
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1] ?? 0)
}

/** A session that PHP has begun, with a counter of 1. */
async function begun() {
  const php = await beside.php()
  await php.open(ID)
  await php.add()
  await php.close()
  return php
}

test('a PHP holder that is killed while Node waits is found dead, and nothing that was written is lost', async () => {
  const [holder, node] = [await begun(), await beside.node()]
  await holder.open(ID)
  await holder.add()
  const before = await scriptsRun()
  const waiting = node.sessions.open(ID)
  // By its third look it has seen the holder alive.
  await eventually(async () => (await scriptsRun()) >= before + 3)
  await holder.kill()
  const session = await waiting
  expect(eventsNamed(node.events, 'lock-broken')).toMatchObject([{ because: 'dead' }])
  expect(session.data.n).toBe(1)
  add(session)
  expect(await session.commit()).toMatchObject({ written: true })
  const php = await beside.php()
  expect(await php.open(ID)).toMatchObject({ n: 2, cart: { by: { php: 1, node: 1 } } })
  await php.close()
})

test('a Node holder that is killed is found dead by PHP, and nothing that was written is lost', async () => {
  const php = await begun()
  const worker = await startWorker({ redis: { url: beside.redis.url }, php: {} })
  await worker.open('held', ID)
  await worker.commit('held', { kept: 1 }, true)
  const waiting = php.open(ID)
  await eventually(async () => (await beside.field('wait')) === '1')
  await worker.kill('SIGKILL')
  expect(await waiting).toMatchObject({ n: 1, kept: 1 })
  await php.add()
  expect(await php.close()).toBe(true)
  const { sessions } = await beside.node()
  await sessions.use(ID, {}, ({ data }) => expect(data).toMatchObject({ n: 2, kept: 1 }))
})

test('PHP processes and Node processes that are killed under load lose nothing that was written', async () => {
  const php = await begun()
  const node = await beside.node()
  const victim = await beside.php()
  const dying = victim.load(ID, 60_000).catch(() => {})
  const worker = await startWorker({ redis: { url: beside.redis.url }, php: {} })
  await worker.open('held', ID)
  const waiting = node.sessions.open(ID)
  await eventually(async () => (await node.sessions.inspect(ID))?.waiters === 1)
  await Promise.all([worker.kill('SIGKILL'), victim.kill()])
  await dying
  const session = await waiting
  const before = Number(session.data.n)
  add(session)
  expect(await session.commit()).toMatchObject({ written: true })
  expect(await php.open(ID)).toMatchObject({ n: before + 1, cart: { by: { node: 1, php: before } } })
  await php.close()
}, 60_000)
