// Every way to say where Redis is, on servers that are really there.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import type { OptionsInput } from '../../../src/index.ts'
import { startLoneNode } from '../../support/cluster.ts'
import { freePorts } from '../../support/ports.ts'
import { type RedisServer, startRedis } from '../../support/redis-server.ts'
import { eventually, refused, watchedSessions } from '../../support/sessions.ts'
import { type Certificates, makeCertificates } from '../../support/tls.ts'

const servers: RedisServer[] = []

afterAll(() => Promise.all(servers.map(server => server.stop())))

async function server(...args: string[]): Promise<RedisServer> {
  const started = await startRedis(...args)
  servers.push(started)
  return started
}

/** The whole way: stored, locked, waited for in another process's stead, read again. */
async function works(redis: OptionsInput['redis']): Promise<void> {
  const one = await watchedSessions({ redis })
  const two = await watchedSessions({ redis })
  try {
    const session = await one.sessions.open()
    session.data.n = 1
    expect(await session.commit()).toEqual({ written: true, writes: 1 })
    const held = await one.sessions.open(session.id)
    const waiter = two.sessions.open(session.id)
    await eventually(async () => (await one.sessions.inspect(session.id))?.waiters === 1)
    held.data.n = 2
    expect(await held.commit()).toEqual({ written: true, writes: 2 })
    expect((await waiter).data).toEqual({ n: 2 })
    await (await waiter).release()
    const names: string[] = []
    for await (const name of one.sessions.names()) names.push(name)
    expect(names).toHaveLength(1)
    expect(await one.sessions.destroy(session.id)).toBe(true)
  } finally {
    await one.sessions.close({ grace: 0 })
    await two.sessions.close({ grace: 0 })
  }
}

test('host and port', async () => {
  const [port = 0] = await freePorts(1)
  await server('--port', String(port), '--bind', '127.0.0.1')
  await works({ host: '127.0.0.1', port })
  await works({ url: `redis://127.0.0.1:${port}` })
})

test('a unix socket, by path and by URL, and a database', async () => {
  const { path } = await server()
  await works({ path, db: 3 })
  await works({ url: `unix://${path}` })
  const client = new Redis({ path, db: 3 })
  await client.set('mark', '1')
  client.disconnect()
  const { sessions } = await watchedSessions({ redis: { path, db: 3 }, naming: 'plain' })
  const session = await sessions.open()
  session.data.n = 1
  await session.commit()
  const other = await watchedSessions({ redis: { path }, naming: 'plain' })
  expect(await other.sessions.inspect(session.id)).toBeUndefined()
  await sessions.close({ grace: 0 })
  await other.sessions.close({ grace: 0 })
})

test('a user of its own with no more rights than it needs', async () => {
  const { path } = await server()
  const admin = new Redis({ path })
  await admin.call('ACL', 'SETUSER', 'shop', ...RIGHTS)
  await works({ path, username: 'shop', password: 'secret' })
  await admin.call('ACL', 'SETUSER', 'poor', 'on', '>secret', '~sess_*', '+@connection')
  const { sessions } = await watchedSessions({ redis: { path, username: 'poor', password: 'secret' } })
  await expect(sessions.open('an-id-that-nobody-knows-1')).rejects.toMatchObject({
    code: 'STORE_REFUSED',
    cause: { message: expect.stringContaining('NOPERM') },
  })
  await sessions.close({ grace: 0 })
  admin.disconnect()
})

const RIGHTS =
  'on >secret ~sess_* &sess_wake:* -@all +evalsha +eval +hmget +hget +hgetall +hset +hdel +hexists +hstrlen +hkeys +exists +unlink +pexpire +pttl +time +publish +subscribe +unsubscribe +pubsub|numsub +scan +ping +info +hello +auth +select +client|setname'.split(
    ' ',
  )

describe('TLS', () => {
  let certificates: Certificates
  let port: number

  beforeAll(async () => {
    certificates = await makeCertificates()
    ;[port = 0] = await freePorts(1)
    const own = ['--tls-port', String(port), '--bind', '127.0.0.1']
    await server(...own, ...certificates.serverArgs, '--tls-auth-clients', 'no')
  })
  afterAll(() => certificates?.remove())

  test('with an authority of its own', async () => {
    await works({
      host: '127.0.0.1',
      port,
      tls: { ca: certificates.file('ca.crt'), servername: 'localhost' },
    })
    await works({
      url: `rediss://127.0.0.1:${port}`,
      tls: { ca: certificates.file('ca.crt'), servername: 'localhost' },
    })
  })

  test('a wrong authority is refused, and said to be', async () => {
    const tls = { ca: certificates.file('other.crt'), servername: 'localhost' }
    const wrong = await watchedSessions({ redis: { host: '127.0.0.1', port, tls, commandTimeout: 0.4 } })
    const { sessions } = wrong
    await refused(wrong)
    await expect(sessions.ping()).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      cause: { message: expect.stringMatching(/certificate/) },
    })
    await sessions.close({ grace: 0 })
  })
})

test('a cluster, here of one node', async () => {
  const [port = 0, bus = 0] = await freePorts(2)
  servers.push(await startLoneNode(port, bus))
  await works({ cluster: { nodes: [{ host: '127.0.0.1', port }] } })
})
