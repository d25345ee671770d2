// The commands on a cluster: sessions are on all its masters.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { shortHash } from '../../../src/session-id.ts'
import { type RedisCluster, startCluster } from '../../support/cluster.ts'
import { storedIn, type Watched, watchedSessions } from '../../support/sessions.ts'
import { latchkey } from './support.ts'

let cluster: RedisCluster
let shop: Watched
let folder: string
const ids: string[] = []

beforeAll(async () => {
  cluster = await startCluster('secret')
  shop = await watchedSessions({ redis: cluster.redis })
  for (let n = 0; n < 30; n++) ids.push(await storedIn(shop.sessions, { n }))
  folder = await mkdtemp(join(tmpdir(), 'latchkey-cluster-'))
  await writeFile(join(folder, 'config.json'), JSON.stringify({ redis: cluster.redis }))
}, 90_000)

afterAll(async () => {
  await shop?.sessions.close({ grace: 0 })
  await cluster?.stop()
  await rm(folder, { recursive: true, force: true })
})

async function run(...args: string[]) {
  const { code, out, err } = await latchkey([...args, '--config', join(folder, 'config.json'), '--json'])
  return { code, err, answer: JSON.parse(out || 'null') }
}

test('list names the sessions of all masters', async () => {
  const { code, answer } = await run('list', '--limit', '100')
  expect(code).toBe(0)
  const found = (answer as { session: string }[]).map(({ session }) => session)
  expect(found.sort()).toEqual(ids.map(shortHash).sort())
}, 60_000)

test('unlock finds a session by its hash wherever it is, and breaks its lock', async () => {
  const id = ids[7] as string
  const session = await shop.sessions.open(id)
  const { code, answer } = await run('unlock', shortHash(id), '--yes')
  expect([code, answer]).toMatchObject([0, { session: shortHash(id), outcome: 'broken' }])
  expect(await session.commit()).toMatchObject({ written: false, reason: 'lock-lost' })
}, 60_000)

test('doctor looks at each master, and says which one a finding is of', async () => {
  const { code, answer } = await run('doctor')
  expect(code).toBe(1)
  const servers = (answer.findings as { server?: string; found: string }[])
    .filter(({ found }) => found.startsWith('min-replicas-to-write is 0'))
    .map(({ server }) => server)
  const masters = (await cluster.masters()).map(({ port }) => `127.0.0.1:${port}`)
  expect(servers.sort()).toEqual(masters.sort())
}, 60_000)
