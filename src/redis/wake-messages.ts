import type { Redis } from 'ioredis'
import { disconnect } from './disconnect.ts'
import { channelOf, grantIn, patternOf } from './record.ts'
import type { Client } from './scripts.ts'

/**
 * Hears every message that scripts send to processes, by a connection of its own: a waiter that is handed a lock, and a holder
 * whose lock was taken or whose session was destroyed.
 *
 * @param heard the token of that request
 * @returns ends it; undefined without the right to subscribe
 */
export async function hearWakes(
  client: Client,
  prefix: string,
  heard: (token: string) => void,
): Promise<(() => void) | undefined> {
  // A union of both kinds of client cannot be called.
  const own: Client = (client as Redis).duplicate()
  own.on('error', () => {})
  try {
    await own.connect()
    await own.psubscribe(patternOf(channelOf(prefix)))
  } catch {
    disconnect(own)
    return undefined
  }
  own.on('pmessageBuffer', (_pattern: string, _channel: string, message: Buffer) =>
    heard(grantIn(message).token),
  )
  return () => disconnect(own)
}
