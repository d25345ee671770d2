// What Node does beside PHP processes, and sessions of both.
import { afterEach } from '@jest/globals'
import type { OptionsInput, Session } from '../../src/index.ts'
import type { SerializeHandler } from '../../src/php/serialize-handlers.ts'
import { type OwnRedis, ownRedis } from './own-redis.ts'
import { type PhpOptions, type PhpWorker, startPhp } from './php-worker.ts'
import { type Watched, watchedSessions } from './sessions.ts'

/** As PHP makes one. */
export const ID = '0123456789abcdefghijklmnop'

export interface BesidePhp {
  readonly redis: OwnRedis
  php(options?: Partial<PhpOptions>): Promise<PhpWorker>
  node(options?: OptionsInput): Promise<Watched>
  /** A field of the session's record. */
  field(name: string): Promise<string | null>
}

/** PHP and Node on a Redis of the file's own; both end with the test that started them. */
export function besidePhp(): BesidePhp {
  const redis = ownRedis()
  const workers: PhpWorker[] = []
  const watched: Watched[] = []
  afterEach(async () => {
    await Promise.all(workers.splice(0).map(worker => worker.kill()))
    await Promise.all(watched.splice(0).map(({ sessions }) => sessions.close({ grace: 0 })))
    await redis.client.flushall()
  })
  return {
    redis,
    async php(options = {}) {
      const worker = await startPhp({ path: redis.path, prefix: 'sess_', serializer: 'php', ...options })
      workers.push(worker)
      return worker
    },
    async node(options = {}) {
      const made = await watchedSessions({ redis: { url: redis.url }, php: {}, ...options })
      watched.push(made)
      return made
    },
    field: name => redis.client.hget(`sess_${ID}`, name),
  }
}

export interface Cart {
  n: number
  cart: { lines: Record<string, { qty: number }>; by: { php?: number; node?: number } }
}

/** The same as `add` of PHP. */
export function add({ data }: Session): void {
  const it = data as unknown as Cart
  it.n += 1
  const name = `sku${it.n % 3}`
  const { lines, by } = it.cart
  lines[name] = { qty: (lines[name]?.qty ?? 0) + 1 }
  by.node = (by.node ?? 0) + 1
}

/** Adds for so many ms, at so many requests at once. Answers how many were written, and why others were not. */
export async function load({ sessions }: Watched, ms: number, lanes: number) {
  let written = 0
  const refused: string[] = []
  const end = performance.now() + ms
  const lane = async () => {
    while (performance.now() < end) {
      const session = await sessions.open(ID, { request: 'POST shop.example/cart' })
      add(session)
      await new Promise(resolve => setTimeout(resolve, 1 + Math.random() * 4))
      const outcome = await session.commit()
      if (outcome.written) written += 1
      else refused.push(outcome.reason)
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return { written, refused }
}

/** A counter and a nested cart that both sides change for so many ms. Answers what was written and what is stored. */
export async function underLoad(beside: BesidePhp, serializer: SerializeHandler, ms: number) {
  const [first, second, one, other] = await Promise.all([
    beside.php({ serializer }),
    beside.php({ serializer }),
    beside.node({ php: { serializer } }),
    beside.node({ php: { serializer } }),
  ])
  await first.open(ID)
  await first.add()
  await first.close()
  const done = await Promise.all([
    first.load(ID, ms),
    second.load(ID, ms),
    load(one, ms, 3),
    load(other, ms, 3),
  ])
  const [a, b, c, d] = done
  const data = (await first.open(ID)) as unknown as Cart
  await first.close()
  return {
    php: a.written + b.written + 1,
    node: c.written + d.written,
    refused: [...c.refused, ...d.refused],
    dropped: a.dropped + b.dropped,
    data,
  }
}

export const total = ({ lines }: Cart['cart']) => Object.values(lines).reduce((sum, { qty }) => sum + qty, 0)
