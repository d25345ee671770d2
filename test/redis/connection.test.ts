// The connection's own bookkeeping, on a client that does what the test says.
import { EventEmitter } from 'node:events'
import { afterEach, describe, expect, jest, test } from '@jest/globals'
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

/** Why there is no new connection. */
test.each([
  'connect ECONNREFUSED 127.0.0.1:6379',
  'connect ENOENT /run/redis.sock',
  'connect EACCES /run/redis.sock',
  'connect ETIMEDOUT',
  'connect EHOSTUNREACH 10.0.0.5:6379',
  'getaddrinfo ENOTFOUND redis.internal',
  'getaddrinfo EAI_AGAIN redis.internal',
  'All sentinels are unreachable. Retrying from scratch after 25ms.',
])('%s never says by itself that a command may have run', async why => {
  const client = Object.assign(new EventEmitter(), { status: 'ready' })
  const connection = new Connection(client as unknown as Client, 'Redis', 50, () => {})
  const refused = connection.send(() => Promise.reject(new Error(why)))
  await expect(refused).rejects.toMatchObject({ mayHaveHappened: false })
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

describe('an outage on a connection that is there', () => {
  const toldOf = () => {
    const client = Object.assign(new EventEmitter(), { status: 'ready' })
    const told: unknown[] = []
    const connection = new Connection(client as unknown as Client, 'Redis', 50, (up, cause) =>
      told.push([up, cause?.message]),
    )
    client.emit('ready')
    const fail = () => connection.send(() => Promise.reject(new Error('Command timed out'))).catch(() => {})
    const answer = () => connection.send(() => Promise.resolve('PONG'))
    return { client, told, fail, answer }
  }
  const clock = () => jest.spyOn(performance, 'now')
  afterEach(() => {
    jest.restoreAllMocks()
  })

  test('begins with the first command that fails, and is told once', async () => {
    const { told, fail } = toldOf()
    await fail()
    await fail()
    expect(told).toEqual([[false, 'Command timed out']])
  })

  test('ends with a new connection', async () => {
    const { client, told, fail } = toldOf()
    await fail()
    client.emit('close')
    client.emit('ready')
    expect(told).toEqual([
      [false, 'Command timed out'],
      [true, undefined],
    ])
  })

  test('goes on while some commands fail and others do not, and ends a second after the last that failed', async () => {
    const { told, fail, answer } = toldOf()
    const now = clock()
    now.mockReturnValue(0)
    await fail()
    now.mockReturnValue(900)
    await answer()
    await fail()
    now.mockReturnValue(1900)
    await answer()
    expect(told).toHaveLength(1)
    now.mockReturnValue(1901)
    await answer()
    await answer()
    expect(told).toEqual([
      [false, 'Command timed out'],
      [true, undefined],
    ])
  })
})
