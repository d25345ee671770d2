// Masters that sentinels depose, lose or find frozen, and sentinels that freeze, while visitors count.
import { afterAll, afterEach, beforeAll, test } from '@jest/globals'
import type { OptionsInput } from '../../../src/index.ts'
import { PASSWORDS, type Replicated, type SentinelGroup, startSentinels } from '../../support/sentinel.ts'
import { endsWithin, eventually, watchedSessions } from '../../support/sessions.ts'
import { expectSurvived, judge, LEASE, type Load, PATIENCE, show, startLoad } from './load.ts'

/**
 * A silent server is noticed by the next pulse of a listener (5 s), its answer that does not come (0.9 s), and the end of its
 * connection (2 s); then the sentinels are asked. Twice that, for a busy machine.
 */
const NOTICES_S = 20

let group: SentinelGroup
let options: OptionsInput
let load: Load

beforeAll(async () => {
  group = await startSentinels(PASSWORDS)
  options = { redis: group.redis, lease: LEASE }
})
afterEach(() => load?.stop())
afterAll(() => group?.stop())

/**
 * Every handler of the load is heard again at the master: what is published there reaches each of them. On a busy machine the
 * sentinels may replace a new master once more, so that each look asks for the one of now.
 */
async function hearsAll(): Promise<void> {
  await eventually(async () => {
    const { admin } = await group.master()
    const channels = (await admin.pubsub('CHANNELS', 'sess_wake:*')) as string[]
    return channels.length === load.sessions.length
  }, NOTICES_S)
}

async function survives(what: string, happens: (master: Replicated) => Promise<void>): Promise<void> {
  load = await startLoad(options)
  await load.goesOn(200)
  const old = await group.master()
  await happens(old)
  await group.changed(old)
  await load.goesOn(300)
  await hearsAll()
  await load.stop()
  const judged = await judge(load, options)
  show(what, load, judged)
  expectSurvived(load, judged)
}

test('a sentinel that is frozen costs a connection less than commandTimeout', async () => {
  const [first] = group.sentinels
  first?.kill('SIGSTOP')
  const { sessions } = await watchedSessions(options)
  try {
    await sessions.ping()
  } finally {
    first?.kill('SIGCONT')
    await sessions.close({ grace: 0 })
  }
})

test('a failover that is asked for is followed at once, though the old master goes on answering', async () => {
  load = await startLoad(options)
  await load.goesOn(200)
  const old = await group.master()
  await group.failover()
  await group.changed(old)
  await endsWithin(
    PATIENCE,
    eventually(async () => !/name=latchkey /.test(String(await old.admin.client('LIST'))), 3),
  )
  await hearsAll()
  await load.stop()
  const judged = await judge(load, options)
  show('SENTINEL FAILOVER', load, judged)
  expectSurvived(load, judged)
})

test('the death of a master is survived without a restart', async () => {
  let dead: Replicated | undefined
  await survives('kill -9 of the master', async master => {
    dead = master
    master.server.kill('SIGKILL')
  })
  await dead?.server.restart()
})

test('a master that freezes and comes back as a replica is survived without a restart', async () => {
  let frozen: Replicated | undefined
  await survives('SIGSTOP of the master', async master => {
    frozen = master
    master.server.kill('SIGSTOP')
  })
  frozen?.server.kill('SIGCONT')
})
