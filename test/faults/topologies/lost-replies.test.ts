// Promise 12 where ioredis itself sends again: in a cluster.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startLoneNode } from '../../support/cluster.ts'
import { type Gate, startGate } from '../../support/gate.ts'
import { freePorts } from '../../support/ports.ts'
import type { RedisServer } from '../../support/redis-server.ts'
import { eventually, watchedSessions } from '../../support/sessions.ts'

let server: RedisServer
let gate: Gate

beforeAll(async () => {
  const [port = 0, bus = 0, seen = 0] = await freePorts(3)
  gate = await startGate(port, seen)
  server = await startLoneNode(port, bus, '--cluster-announce-port', String(seen))
})
afterAll(async () => {
  await gate?.stop()
  await server?.stop()
})

test('a commit whose reply was lost is not reported as lost, though the next holder has committed since', async () => {
  const redis = { cluster: { nodes: [{ host: '127.0.0.1', port: gate.port }] } }
  const [one, other] = [await watchedSessions({ redis }), await watchedSessions({ redis })]
  try {
    const first = await one.sessions.open()
    first.data.n = 1
    await first.commit()
    const held = await one.sessions.open(first.id)
    const next = other.sessions.open(first.id).then(async session => {
      session.data.n = Number(session.data.n) + 1
      return session.commit()
    })
    await eventually(async () => (await one.sessions.inspect(first.id))?.waiters === 1)
    held.data.n = 2
    const cut = gate.cutAfter('"n":2')
    const outcome = held.commit()
    await cut
    expect(await next).toEqual({ written: true, writes: 3 })
    expect(await outcome).toMatchObject({ written: true, writes: 2 })
  } finally {
    await one.sessions.close({ grace: 0 })
    await other.sessions.close({ grace: 0 })
  }
})
