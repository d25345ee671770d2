import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'

/**
 * Ports of the loopback address that nobody listens on. Below the range from which the system takes ports for outgoing
 * connections, so that none of those takes one before its server does.
 */
export async function freePorts(count: number): Promise<number[]> {
  const held: Server[] = []
  while (held.length < count) {
    const server = createServer().listen(10_000 + Math.floor(Math.random() * 20_000), '127.0.0.1')
    // It rejects with the server's error: somebody has that port.
    const listens = await once(server, 'listening').then(
      () => true,
      () => false,
    )
    if (listens) held.push(server)
  }
  const ports = held.map(server => (server.address() as AddressInfo).port)
  await Promise.all(held.map(server => new Promise(resolve => server.close(resolve))))
  return ports
}
