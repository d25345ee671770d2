import type { Cluster, Redis } from 'ioredis'
import type { Client } from './scripts.ts'

/**
 * Ends its connections. One that is ended in the middle of a TLS handshake may tell of two errors, that it does not trust the
 * server and that the server does not like to be hung up on. ioredis hears the first; the other would end the process.
 */
export function disconnect(client: Client): void {
  for (const { stream } of client.isCluster ? (client as Cluster).nodes() : [client as Redis]) {
    stream?.on('error', () => {})
  }
  const betweenTries = client.status === 'reconnecting'
  client.disconnect()
  // ioredis does not say so itself then.
  if (betweenTries) client.emit('end')
}

/** The server at the other end of its connection. */
export function addressOf({ stream }: Redis): string {
  return `${stream?.remoteAddress}:${stream?.remotePort}`
}
