// One server, in every way to reach it.
import { expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { createSessions, type OptionsInput } from '../../../src/index.ts'
import { documentedConfig, leastRights, type Places } from '../../support/documented.ts'
import { freePorts } from '../../support/ports.ts'
import { startRedis } from '../../support/redis-server.ts'
import { makeCertificates } from '../../support/tls.ts'
import { holdsOn, type Topology } from './suite.ts'

process.env.REDIS_PASSWORD = 'secret'

interface Single {
  heading: string
  args?: string[]
  /** Told to the server before the first client comes. */
  first?: string[]
  place: (at: { port: number; path: string }) => Places
  end?: () => Promise<void>
}

async function startSingle({ heading, args = [], first, place, end }: Single): Promise<Topology> {
  const [port = 0] = await freePorts(1)
  const tls = args.includes('--tls-cert-file')
  const server = await startRedis(
    ...[tls ? '--tls-port' : '--port', String(port), '--bind', '127.0.0.1', ...args],
  )
  const admin = new Redis({
    path: server.path,
    password: args.includes('--requirepass') ? 'secret' : undefined,
  } as never)
  if (first) await admin.call(...(first as [string]))
  return {
    config: documentedConfig(heading, place({ port, path: server.path })),
    flush: async () => void (await admin.flushall()),
    async stop() {
      admin.disconnect()
      await server.stop()
      await end?.()
    },
  }
}

const onPort = ({ port }: { port: number }): Places => ({ ports: { 'redis.internal:6379': port } })

holdsOn('a host and a port', () => startSingle({ heading: 'A host and a port', place: onPort }))

holdsOn('a unix socket', () =>
  startSingle({
    heading: 'A unix socket',
    place: ({ path }) => ({ paths: { '/run/redis/redis.sock': path } }),
  }),
)

holdsOn('a password', () =>
  startSingle({ heading: 'A password', args: ['--requirepass', 'secret'], place: onPort }),
)

holdsOn('a user of its own, with the documented rights', () =>
  startSingle({
    heading: 'A user of its own',
    first: ['ACL', 'SETUSER', 'shop', ...leastRights()],
    place: onPort,
  }),
)

async function startTls(): Promise<Topology> {
  const certificates = await makeCertificates()
  other = certificates.file('other.crt')
  return startSingle({
    heading: 'TLS',
    args: [...certificates.serverArgs, '--requirepass', 'secret'],
    place: ({ port }) => ({
      ports: { 'redis.internal:6380': port },
      paths: {
        '/etc/shop/ca.crt': certificates.file('ca.crt'),
        '/etc/shop/client.crt': certificates.file('client.crt'),
        '/etc/shop/client.key': certificates.file('client.key'),
      },
    }),
    end: certificates.remove,
  })
}
let other: string

holdsOn('TLS with an authority and a client of its own', startTls, at => {
  const pingWith = async (tls: object) => {
    const { redis } = at().config as { redis: { tls: object } }
    const config = { redis: { ...redis, tls: { ...redis.tls, ...tls } }, logLevel: 'silent' } as OptionsInput
    const sessions = await createSessions(config)
    try {
      await sessions.ping()
    } finally {
      await sessions.close({ grace: 0 })
    }
  }
  const refusedFor = (why: RegExp) =>
    expect.objectContaining({
      code: 'STORE_UNAVAILABLE',
      status: 503,
      cause: expect.objectContaining({ message: expect.stringMatching(why) }),
    })

  test('a server that another authority vouches for is refused, and the error says why', async () => {
    await expect(pingWith({ ca: other })).rejects.toEqual(refusedFor(/127\.0\.0\.1:\d+ .*certificate/))
  })

  test('a server of another name is refused, and the error says why', async () => {
    await expect(pingWith({ servername: 'redis.example' })).rejects.toEqual(refusedFor(/redis\.example/))
  })

  test('without a certificate of the client the server refuses it, and the error says so if the server got to say it', async () => {
    await expect(pingWith({ cert: null, key: null })).rejects.toEqual(
      refusedFor(/certificate|ECONNRESET|EPIPE/),
    )
  })
})
