// A process that closes while a TLS connection is being made to a server whose certificate it does not trust.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { freePorts } from '../../support/ports.ts'
import { type RedisServer, startRedis } from '../../support/redis-server.ts'
import { watchedSessions } from '../../support/sessions.ts'
import { type Certificates, makeCertificates } from '../../support/tls.ts'

let certificates: Certificates
let redis: RedisServer
let tlsPort: number
let wire: Server
/** The client's end of the wire, once it has sent its greeting. */
let greeted: Promise<Socket>

beforeAll(async () => {
  certificates = await makeCertificates()
  ;[tlsPort = 0] = await freePorts(1)
  redis = await startRedis('--tls-port', String(tlsPort), '--bind', '127.0.0.1', ...certificates.serverArgs)
  wire = createServer({ allowHalfOpen: true })
  greeted = once(wire, 'connection').then(async ([client]: Socket[]) => {
    await once(client as Socket, 'readable')
    return client as Socket
  })
  wire.listen(0, '127.0.0.1')
  await once(wire, 'listening')
})
afterAll(async () => {
  wire?.close()
  await redis?.stop()
  await certificates?.remove()
})

/** All that the server says to who greets it and hangs up, in one piece. */
async function answered(client: Socket): Promise<void> {
  const server = connect({ port: tlsPort, host: '127.0.0.1', allowHalfOpen: true })
  client.pipe(server)
  const said: Buffer[] = []
  for await (const piece of server) said.push(piece as Buffer)
  const closed = once(client, 'close')
  client.on('error', () => {}).end(Buffer.concat(said))
  await closed
}

test('hears every error that comes of it', async () => {
  const { port } = wire.address() as AddressInfo
  const tls = { ca: certificates.file('other.crt'), servername: 'localhost' }
  const { sessions } = await watchedSessions({ redis: { host: '127.0.0.1', port, tls } })
  const asked = sessions.ping().catch((error: { code: string }) => error.code)
  const client = await greeted
  await sessions.close({ grace: 0 })
  await answered(client)
  expect(await asked).toBe('STORE_UNAVAILABLE')
})
