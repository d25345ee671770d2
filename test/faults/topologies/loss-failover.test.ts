// A failover loses what was acknowledged and not yet replicated. How much is counted and printed, with and without WAIT.
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import type { OptionsInput } from '../../../src/index.ts'
import { PASSWORDS, type SentinelGroup, startSentinels } from '../../support/sentinel.ts'
import { type Acting, countLoss, lost, showLosses, startActing } from './loss.ts'

let group: SentinelGroup
let options: OptionsInput
let acting: Acting

beforeAll(async () => {
  group = await startSentinels(PASSWORDS)
  options = { redis: group.redis }
})
afterEach(async () => {
  await acting?.stop()
  await group.inStep()
})
afterAll(() => group?.stop())

async function lostBy(what: string, happens: () => Promise<void>) {
  acting = await startActing(options)
  await acting.goesOn(50)
  const old = await group.master()
  await happens()
  await group.changed(old)
  await acting.goesOn(20)
  await acting.stop()
  const losses = await countLoss(acting, options)
  showLosses(what, losses)
  return losses
}

test('a failover for which writers were paused loses nothing', async () => {
  const [all] = await lostBy('SENTINEL FAILOVER after CLIENT PAUSE … WRITE', async () => {
    await (await group.master()).admin.call('CLIENT', 'PAUSE', '10000', 'WRITE')
    await group.failover()
  })
  expect(lost(all)).toBe(0)
})

test('a failover under the eyes of a working master loses nothing that both replicas had', async () => {
  const [, , both] = await lostBy('SENTINEL FAILOVER', () => group.failover())
  expect(lost(both)).toBe(0)
})

test('the death of a master loses nothing that a replica had', async () => {
  const [, one] = await lostBy('kill -9 of the master', async () => {
    const master = await group.master()
    master.server.kill('SIGKILL')
  })
  expect(lost(one)).toBe(0)
})
