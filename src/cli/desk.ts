import type { Codec } from '../codec/codec.ts'
import { createRegistry } from '../codec/registry.ts'
import { loadOptions } from '../config/load.ts'
import type { Problem } from '../config/option-error.ts'
import type { Options, OptionsInput } from '../config/options.ts'
import { codecOf } from '../create.ts'
import type { SessionError } from '../errors.ts'
import { createClient, describeServer } from '../redis/client.ts'
import { Connection } from '../redis/connection.ts'
import { Overview } from '../redis/overview.ts'
import { RedisStore } from '../redis/redis-store.ts'
import { type Client, replace } from '../redis/scripts.ts'
import { diagnose } from '../redis/tls-mismatch.ts'
import { type Common, WrongUse } from './command.ts'

/** What a command works with: the shop's options, and its Redis. */
export interface Desk {
  readonly options: Options
  readonly client: Client
  readonly store: RedisStore
  readonly overview: Overview
  readonly codec: Codec
  /** Where Redis is, without credentials. */
  readonly server: string
  /**
   * Puts data in the place of data that says the same: encrypted with another key. Needs no lock, and takes none away.
   *
   * @returns false where the data is another by now, or gone
   */
  replace(name: string, data: Buffer, by: Buffer): Promise<boolean>
}

/** Seconds: a person is more patient than a request. */
const PATIENCE = { connectTimeout: 3, commandTimeout: 15 }
/** Seconds after which a server that was never reached counts as wrongly named, or as not running. */
const FIRST_ANSWER = 5

/**
 * The shop's own options: `--config` or LATCHKEY_CONFIG, then the environment, then `--redis`.
 *
 * @param doubted hears of options that work, but not as expected
 * @throws {OptionError} naming every problem
 */
export function optionsOf(
  { config, redis }: Common,
  more: OptionsInput['redis'] = {},
  doubted?: (doubt: Problem) => void,
): Options {
  const code = { redis: { ...more, ...(redis === undefined ? {} : { url: redis }) } }
  return loadOptions(config ?? {}, process.env, code, createRegistry().wrong, doubted)
}

/** Lets `work` have the shop's Redis, and disconnects. */
export async function atDesk<T>(given: Common, work: (desk: Desk) => Promise<T>): Promise<T> {
  const options = optionsOf(given, PATIENCE)
  if (options.store === 'memory') {
    throw new WrongUse(
      'store is "memory": its sessions are inside the application, where no command can see them',
    )
  }
  const server = describeServer(options.redis)
  const client = createClient(options.redis, { together: true })
  const store = new RedisStore(client, {
    prefix: options.prefix,
    // A command that looks at a session does not convert it.
    adopt: false,
    commandTimeout: PATIENCE.commandTimeout * 1000,
    server,
    changed: () => {},
  })
  const codec = codecOf(options, createRegistry())
  try {
    await reached(client, options, server)
    const connection = new Connection(client, server, PATIENCE.commandTimeout * 1000, () => {})
    const overview = new Overview(client, connection, options.prefix)
    const replacing = (name: string, data: Buffer, by: Buffer) =>
      connection.send(c => replace(c, `${options.prefix}${name}`, data, by))
    return await work({ options, client, store, overview, codec, server, replace: replacing })
  } finally {
    await store.close()
  }
}

/** @throws {SessionError} that says why the server cannot be reached. What it refuses is told by the command that needs it */
async function reached(client: Client, { redis }: Options, server: string): Promise<void> {
  const help = { diagnose: () => diagnose(redis) }
  const first = new Connection(client, server, FIRST_ANSWER * 1000, () => {}, help)
  await first
    .ask(c => c.ping())
    .catch((error: SessionError) => {
      if (error.code === 'STORE_UNAVAILABLE') throw error
    })
}
