// The connection's own bookkeeping, on a client that does what the test says.
import { EventEmitter } from 'node:events'
import { expect, jest, test } from '@jest/globals'
import { Connection } from '../../src/redis/connection.ts'
import type { Client } from '../../src/redis/scripts.ts'

test('a connection is ended once, however often it is closed', async () => {
  const disconnect = jest.fn()
  const client = Object.assign(new EventEmitter(), { disconnect })
  const connection = new Connection(client as unknown as Client, 'Redis', 500, () => {})
  await connection.close()
  await connection.close()
  expect(disconnect).toHaveBeenCalledTimes(1)
})

test('a break is not explained by what was wrong before the connection was last ready', () => {
  const client = new EventEmitter()
  const told: unknown[] = []
  new Connection(client as unknown as Client, 'Redis', 500, (up, cause) => told.push([up, cause?.message]))
  client.emit('error', new Error('connect ECONNREFUSED'))
  client.emit('close')
  client.emit('ready')
  client.emit('close')
  expect(told).toEqual([
    [false, 'connect ECONNREFUSED'],
    [true, undefined],
    [false, undefined],
  ])
})

test('a refused connection is told as the second thing that went wrong, where a command may have run before it', async () => {
  const client = Object.assign(new EventEmitter(), { status: 'ready' })
  const connection = new Connection(client as unknown as Client, 'Redis', 500, () => {})
  const sent = connection.send(() => {
    client.status = 'reconnecting'
    client.emit('error', new Error('connect ECONNREFUSED'))
    return Promise.reject(new Error('Connection is closed.'))
  })
  await expect(sent).rejects.toMatchObject({
    mayHaveHappened: true,
    cause: {
      message:
        'Redis is not available: the connection broke after the command was sent, and there is no new one: connect ECONNREFUSED.',
    },
  })
})

test('a command that was never sent did not happen', async () => {
  const client = Object.assign(new EventEmitter(), { status: 'reconnecting' })
  const connection = new Connection(client as unknown as Client, 'Redis', 50, () => {})
  client.emit('error', new Error('connect ECONNREFUSED'))
  await expect(connection.send(() => Promise.resolve(1))).rejects.toMatchObject({
    mayHaveHappened: false,
    cause: { message: 'Redis is not available: connect ECONNREFUSED.' },
  })
})

/** What a server says when a script of ours lacks a right: Redis 7.0, and Valkey 8 with newer Redis. */
test.each([
  "ERR The user executing the script can't run this command or subcommand script: c8c5d1, on @user_script:1.",
  "ERR ACL failure in script: User shop has no permissions to run the 'hmget' command script: c8c5d1, on @user_script:1.",
])('a script without a right is refused, not unavailable: %s', async said => {
  const client = Object.assign(new EventEmitter(), { status: 'ready' })
  const connection = new Connection(client as unknown as Client, 'Redis', 500, () => {})
  const refused = connection.send(() => Promise.reject(new Error(said)))
  await expect(refused).rejects.toMatchObject({ code: 'STORE_REFUSED', status: 503 })
})
