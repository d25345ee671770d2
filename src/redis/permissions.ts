import type { Client } from './scripts.ts'

/**
 * What the scripts use, and PING, each once and so that it changes nothing: on keys that are not there, or refused for its syntax,
 * which Redis looks at after the permissions. Before 7.2 Redis does not say which command a script may not run.
 */
function harmless(record: string, channel: string, adopts: boolean): string[][] {
  return [
    ['PING'],
    ...(adopts ? [['GET', record]] : []),
    ['HGET', record, 'f'],
    ['HMGET', record, 'f'],
    ['HGETALL', record],
    ['HSET', record, 'f', 'v', 'no value'],
    ['HDEL', record, 'f'],
    ['HEXISTS', record, 'f'],
    ['HSTRLEN', record, 'f'],
    ['HKEYS', record],
    ['EXISTS', record],
    ['UNLINK', record],
    ['PEXPIRE', record, '1'],
    ['PTTL', record],
    ['PUBLISH', `${channel}permissions`, ''],
    ['PUBSUB', 'NUMSUB', `${channel}permissions`],
    ['TIME'],
    ['EVAL', 'return 1', '1', record],
  ]
}

/** Rejects, as Redis would, with every permission that is missing: one error for a deployment to fix, and not one a day. */
export async function checkPermissions(
  client: Client,
  record: string,
  channel: string,
  adopts: boolean,
): Promise<void> {
  const refusals = await Promise.all(
    harmless(record, channel, adopts).map(([command = '', ...args]) =>
      client.call(command, ...args).then(
        () => undefined,
        (error: Error) => {
          if (error.message.startsWith('NOPERM')) return refusalOf(command, args, error)
          // Replies that the command was made to get. What broke the connection breaks the next command too.
          return undefined
        },
      ),
    ),
  )
  const missing = refusals.filter(refusal => refusal !== undefined)
  if (missing.length > 0) throw new Error(`NOPERM the Redis user lacks ${missing.join(', ')}`)
}

/** The word of an ACL that would allow it. */
function refusalOf(command: string, args: string[], error: Error): string {
  if (/\bkeys?\b/.test(error.message)) return `the key ${args[0]}`
  if (/channel/.test(error.message)) return `the channel ${args.find(arg => arg.includes(':'))}`
  return command === 'PUBSUB' ? '+pubsub|numsub' : `+${command.toLowerCase()}`
}
