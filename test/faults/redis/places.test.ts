// Every way to say where Redis is, on servers that are really there.
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import type { OptionsInput } from '../../../src/index.ts'
import { startLoneNode } from '../../support/cluster.ts'
import { freePorts } from '../../support/ports.ts'
import { type RedisServer, startRedis } from '../../support/redis-server.ts'
import { eventually, refused, watchedSessions } from '../../support/sessions.ts'

let folder: string
const servers: RedisServer[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-places-'))
})
afterAll(async () => {
  await Promise.all(servers.map(server => server.stop()))
  await rm(folder, { recursive: true, force: true })
})

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
  const file = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => {
    const ran = spawnSync('openssl', args, { cwd: folder })
    if (ran.status !== 0) throw new Error(`openssl ${args[0]}: ${ran.stderr}`)
  }
  let port: number

  beforeAll(async () => {
    for (const ca of ['ca', 'other']) {
      openssl(
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        `${ca}.key`,
        '-out',
        `${ca}.crt`,
        '-subj',
        `/CN=${ca}`,
        '-days',
        '2',
      )
    }
    openssl(
      'req',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'redis.key',
      '-out',
      'redis.csr',
      '-subj',
      '/CN=localhost',
      '-addext',
      'subjectAltName=DNS:localhost',
    )
    openssl(
      'x509',
      '-req',
      '-in',
      'redis.csr',
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-out',
      'redis.crt',
      '-days',
      '2',
      '-copy_extensions',
      'copy',
    )
    ;[port = 0] = await freePorts(1)
    const own = ['--tls-port', String(port), '--bind', '127.0.0.1', '--tls-auth-clients', 'no']
    await server(
      ...own,
      '--tls-cert-file',
      file('redis.crt'),
      '--tls-key-file',
      file('redis.key'),
      '--tls-ca-cert-file',
      file('ca.crt'),
    )
  })

  test('with an authority of its own', async () => {
    await works({ host: '127.0.0.1', port, tls: { ca: file('ca.crt'), servername: 'localhost' } })
    await works({ url: `rediss://127.0.0.1:${port}`, tls: { ca: file('ca.crt'), servername: 'localhost' } })
  })

  test('a wrong authority is refused, and said to be', async () => {
    const tls = { ca: file('other.crt'), servername: 'localhost' }
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
