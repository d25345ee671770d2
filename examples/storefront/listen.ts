import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Listening {
  readonly url: string
  /** Accepts nobody any more, lets running requests end, for so many ms at most. */
  close(patience: number): Promise<void>
}

/**
 * One server for each address of the host: "localhost" is two on most machines, and clients differ in which they try.
 * Port 0 is any free port.
 */
export async function listen(app: RequestListener, host: string, port: number): Promise<Listening> {
  const addresses = new Set((await lookup(host, { all: true })).map(({ address }) => address))
  const servers: Server[] = []
  let chosen = port
  for (const address of addresses) {
    const server = createServer(app).listen(chosen, address)
    try {
      await once(server, 'listening')
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      // An address that the system names and does not have, such as ::1 in many containers.
      if (code === 'EADDRNOTAVAIL' && addresses.size > 1) continue
      if (code === 'EADDRINUSE')
        throw new Error(`port ${chosen} is in use already; PORT chooses another one.`)
      throw error
    }
    servers.push(server)
    chosen = (server.address() as AddressInfo).port
  }
  if (servers.length === 0) throw new Error(`none of the addresses of ${host} can be listened on`)
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${chosen}`, close: closer(servers) }
}

function closer(servers: readonly Server[]): Listening['close'] {
  const running = new Set<ServerResponse>()
  for (const server of servers) {
    server.prependListener('request', (_req, res) => {
      running.add(res)
      res.once('close', () => running.delete(res))
    })
  }
  return async patience => {
    // A browser would keep its connection open for the next request, and there is none.
    for (const res of running) if (!res.headersSent) res.setHeader('Connection', 'close')
    const impatient = setTimeout(() => servers.forEach(server => void server.closeAllConnections()), patience)
    await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))))
    clearTimeout(impatient)
  }
}
