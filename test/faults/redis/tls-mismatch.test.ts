// TLS on a port without it, and the other way round, on servers that are really there.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { OptionsInput } from '../../../src/index.ts'
import { freePorts } from '../../support/ports.ts'
import { type RedisServer, startRedis } from '../../support/redis-server.ts'
import { eventsNamed, refused, watchedSessions } from '../../support/sessions.ts'
import { type Certificates, makeCertificates } from '../../support/tls.ts'
import { latchkey } from '../cli/support.ts'

let certificates: Certificates
let server: RedisServer
let plain: number
let secure: number
let closed: number

beforeAll(async () => {
  certificates = await makeCertificates()
  ;[plain = 0, secure = 0, closed = 0] = await freePorts(3)
  server = await startRedis(
    ...['--port', String(plain), '--tls-port', String(secure), '--bind', '127.0.0.1'],
    ...certificates.serverArgs,
  )
})
afterAll(async () => {
  await server?.stop()
  await certificates?.remove()
})

/** What a request is told, and what the event of the outage says. */
async function told(redis: OptionsInput['redis']): Promise<string[]> {
  const watched = await watchedSessions({ redis })
  try {
    await refused(watched)
    const error = await watched.sessions.ping().catch((each: Error) => each)
    return [
      ((error as Error).cause as Error).message,
      eventsNamed(watched.events, 'store-down')[0]?.why ?? '',
    ]
  } finally {
    await watched.sessions.close({ grace: 0 })
  }
}

const node = (port: number) => ({ host: '127.0.0.1', port })

describe('TLS on a port that speaks none is said to be that, with what to change', () => {
  test('by URL', async () => {
    const says = `127.0.0.1:${plain} does not speak TLS. Write redis:// in place of rediss://`
    for (const text of await told({ url: `rediss://127.0.0.1:${plain}` })) expect(text).toContain(says)
  })

  test('to the ping at startup, which is the first to need the connection', async () => {
    const { sessions } = await watchedSessions({ redis: { url: `rediss://127.0.0.1:${plain}` } })
    const error = await sessions.ping().catch((each: Error) => each)
    await sessions.close({ grace: 0 })
    expect(((error as Error).cause as Error).message).toContain('does not speak TLS. Write redis://')
  })

  test('by a command', async () => {
    const { code, err } = await latchkey(['doctor', '--redis', `rediss://127.0.0.1:${plain}`])
    expect([code, err]).toEqual([1, expect.stringContaining('does not speak TLS. Write redis://')])
  })

  test('by option', async () => {
    const says = `127.0.0.1:${plain} does not speak TLS. Set redis.tls to false`
    const tls = { ca: certificates.file('ca.crt') }
    for (const text of await told({ ...node(plain), tls })) expect(text).toContain(says)
    for (const text of await told({ cluster: { nodes: [node(plain)] }, tls })) expect(text).toContain(says)
  })

  test('to sentinels', async () => {
    const says = `127.0.0.1:${plain} does not speak TLS. Set redis.sentinel.tls to false`
    const sentinel = { name: 'm', nodes: [node(plain)], tls: true }
    for (const text of await told({ sentinel })) expect(text).toContain(says)
  })
})

describe('no TLS on a port that speaks it is said to be that, with what to change', () => {
  test('by URL', async () => {
    const says = `127.0.0.1:${secure} speaks TLS. Write rediss:// in place of redis://`
    for (const text of await told({ url: `redis://127.0.0.1:${secure}` })) expect(text).toContain(says)
  })

  test('by option', async () => {
    const says = `127.0.0.1:${secure} speaks TLS. Set redis.tls to true, or to your own certificates`
    for (const text of await told(node(secure))) expect(text).toContain(says)
    for (const text of await told({ cluster: { nodes: [node(secure)] } })) expect(text).toContain(says)
  })

  test('to sentinels', async () => {
    const says = `127.0.0.1:${secure} speaks TLS. Set redis.sentinel.tls to true`
    const sentinel = { name: 'm', nodes: [node(secure)] }
    for (const text of await told({ sentinel })) expect(text).toContain(says)
  })
})

describe('a closed port is said to be that, and what was asked did not happen', () => {
  test.each<[string, () => OptionsInput['redis']]>([
    ['by host and port', () => node(closed)],
    ['by name', () => ({ host: 'localhost', port: closed })],
    ['by URL', () => ({ url: `redis://127.0.0.1:${closed}` })],
    ['with TLS', () => ({ url: `rediss://127.0.0.1:${closed}` })],
    ['in a cluster', () => ({ cluster: { nodes: [node(closed)] } })],
    ['of sentinels', () => ({ sentinel: { name: 'm', nodes: [node(closed)] } })],
  ])('%s', async (_, redis) => {
    const watched = await watchedSessions({ redis: redis() ?? {} })
    const { sessions, events, lines } = watched
    try {
      await refused(watched)
      const session = await sessions.open()
      session.data.n = 1
      const error = await session.commit().catch((each: Error) => each)
      expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', mayHaveHappened: false })
      expect((error as Error).cause).toMatchObject({ message: expect.stringContaining('ECONNREFUSED') })
      expect(eventsNamed(events, 'store-down')[0]?.why).toContain('ECONNREFUSED')
      const failed = lines.find(({ event }) => event === 'store-failed')
      expect(failed?.msg).toContain('commit failed and had no effect')
    } finally {
      await sessions.close({ grace: 0 })
    }
  })
})
