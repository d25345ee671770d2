import type { EventEmitter } from 'node:events'
import Mock from 'ioredis-mock'
import type { Client } from '../../src/redis/scripts.ts'

type Argument = string | number | Buffer
type Command = (...args: Argument[]) => Promise<unknown[]>
type Mocked = { [name: string]: Command } & {
  defineCommand(name: string, definition: { numberOfKeys: number; lua: string }): void
}

/**
 * `ioredis-mock` with what it lacks: a `status`, `…Buffer` for custom commands, Lua replies as Redis makes them,
 * and TIME. Clients of one `host` share their data.
 */
export function mockClient(host: string): Client {
  const mock = Object.assign(new Mock({ host }), { status: 'ready' }) as unknown as Mocked
  const duplicate = mock.duplicate as unknown as (...args: unknown[]) => EventEmitter
  Object.assign(mock, { duplicate: (...args: unknown[]) => withBytes(duplicate.apply(mock, args)) })
  const define = mock.defineCommand.bind(mock)
  mock.defineCommand = (name, { numberOfKeys, lua }) => {
    define(name, { numberOfKeys, lua: `${AS_REDIS_WOULD}\n${lua}` })
    const command = mock[name] as Command
    mock[`${name}Buffer`] = async (...args) => {
      const reply = await command.call(mock, ...args.map(textOf), Date.now())
      return reply.map(bytesOf)
    }
  }
  return mock as unknown as Client
}

/** It tells messages as text only. */
function withBytes(subscriber: EventEmitter): EventEmitter {
  return subscriber.on('message', (channel: string, message: string) => {
    subscriber.emit('messageBuffer', Buffer.from(channel), Buffer.from(message))
  })
}

/** Its Lua cannot join bytes to text. */
function textOf(value: Argument): Argument {
  return Buffer.isBuffer(value) ? value.toString() : value
}

function bytesOf(value: unknown): Buffer | null {
  if (value === null || value === undefined || value === false) return null
  return Buffer.isBuffer(value) ? value : Buffer.from(String(value))
}

/**
 * Redis answers with tables, and false for nothing; the mock with JavaScript arrays, and a truthy null. Its TIME rounds
 * seconds and takes microseconds from another clock, so milliseconds come as one more argument.
 */
const AS_REDIS_WOULD = `
local mocked = redis.call
local null = mocked('HMGET', '', '')[1]
local now_ms = tonumber(ARGV[#ARGV])
ARGV[#ARGV] = nil

redis.call = function(name, ...)
  if name == 'TIME' then return {string.format('%d', now_ms // 1000), string.format('%d', now_ms % 1000 * 1000)} end
  local reply = mocked(name, ...)
  if type(reply) ~= 'userdata' or name == 'HGET' then return reply ~= null and reply end
  local made = {}
  for i = 1, #reply do made[i] = reply[i] ~= null and reply[i] end
  return made
end
redis.pcall = redis.call
`
