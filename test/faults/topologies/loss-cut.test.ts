// What a master acknowledges that no replica hears is lost with it, for as long as it goes on acknowledging.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { OptionsInput } from '../../../src/index.ts'
import { PASSWORDS, type SentinelGroup, startSentinels } from '../../support/sentinel.ts'
import { type Acting, countLoss, lost, showLosses, startActing } from './loss.ts'

let group: SentinelGroup
let bySentinel: OptionsInput
/** A process on the master's side of a cut. It knows the master's own address, which the cut leaves open. */
let beside: OptionsInput
let acting: Acting

beforeEach(async () => {
  group = await startSentinels(PASSWORDS)
  bySentinel = { redis: group.redis }
  const [first] = group.servers
  beside = { redis: { host: '127.0.0.1', port: first?.port ?? 0, password: PASSWORDS.servers } }
})
afterEach(async () => {
  await acting?.stop()
  await group?.stop()
})

async function lostBy(what: string, happens: () => Promise<void>) {
  acting = await startActing(beside)
  await acting.goesOn(50)
  await happens()
  await acting.stop()
  const losses = await countLoss(acting, bySentinel)
  showLosses(what, losses)
  return losses
}

/** Sentinels and replicas lose the master; once they have another one, the old one is found again and follows it. */
async function cutOff(acknowledges: number): Promise<void> {
  const old = await group.master()
  group.gate.close()
  if (acknowledges > 0) await acting.goesOn(acknowledges)
  const now = await group.changed(old)
  group.gate.open()
  // As a sentinel does, only that it takes its time.
  await old.admin.replicaof('127.0.0.1', now.port)
}

test('a master whose replicas lag behind and that dies loses that lag, and nothing that a replica had', async () => {
  const [all, one] = await lostBy('a stalled replication, then kill -9', async () => {
    const old = await group.master()
    group.gate.hold()
    await acting.goesOn(20)
    old.server.kill('SIGKILL')
    group.gate.close()
    await group.changed(old)
  })
  expect(lost(all)).toBeGreaterThan(0)
  expect(lost(one)).toBe(0)
})

test('a master that is cut off with a part of the shop loses all that it acknowledges there, and nothing that a replica had', async () => {
  const [all, one] = await lostBy('a master cut off', () => cutOff(20))
  expect(lost(all)).toBeGreaterThan(0)
  expect(lost(one)).toBe(0)
})

test('with min-replicas-to-write a master that is cut off soon acknowledges nothing more', async () => {
  for (const { admin } of group.servers) {
    await admin.config('SET', 'min-replicas-to-write', '1', 'min-replicas-max-lag', '1')
  }
  const [, one] = await lostBy('a master cut off, with min-replicas-to-write 1', () => cutOff(0))
  expect(lost(one)).toBe(0)
})
