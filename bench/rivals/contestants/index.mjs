/**
 * @typedef {object} Contestant
 * @property {string} name also of its file
 * @property {string} label for tables and charts
 * @property {string[]} packages whose versions the report names
 * @property {string} settings what was set beyond the library's README, and why
 * @property {(url: string) => Promise<Opened>} open connects to Redis
 *
 * @typedef {object} Opened what serves the pages has a store, `middleware`, `serve` or `app`
 * @property {(pages: Record<string, import('../pages.mjs').Page>) => Serve | Promise<Serve>} [app] serves the pages without Express
 * @property {import('express').RequestHandler} [middleware] in place of express-session
 * @property {import('express-session').Store} [store]
 * @property {import('express').RequestHandler} [around] goes before session(): the lock of those whose store has none
 * @property {(page: import('../pages.mjs').Page) => import('express').RequestHandler} [serve] reads and stores the session of a
 *   page itself, without express-session
 * @property {Hands} [hands] the lock without Express; absent where there is none
 * @property {() => Promise<unknown>} close
 *
 * @typedef {import('node:http').RequestListener} Serve
 *
 * @typedef {object} Hands
 * @property {(id: string, data: object) => Promise<void>} create
 * @property {(id: string) => Promise<{ data: object, commit: () => Promise<void> }>} take waits for the lock and reads
 */

export const NAMES = [
  'connect-redis',
  'redlock',
  'redis-semaphore',
  'ioredfour',
  'latchkey',
  'latchkey-uncompressed',
  'latchkey-unlocked',
]

/** What the others are compared with. */
export const BASELINE = 'connect-redis'

/** The one that must keep the promises. */
export const OURS = 'latchkey'

/** Those that lock at all. */
export const LOCKERS = NAMES.filter(name => name !== BASELINE && name !== 'latchkey-unlocked')

/** Latchkey inside express-session. It serves ordinary requests only. */
export const STORE = 'latchkey-store'

/** Latchkey without any middleware. It serves ordinary requests only, and has bounds of its own. */
export const DIRECT = 'open-commit'

/** Those that serve ordinary requests. */
export const ORDINARY = [...NAMES, STORE, DIRECT]

/** Latchkey for each framework, beside that framework's own session with Redis. */
export const DOORS = [
  { framework: 'Express', own: BASELINE, ours: OURS },
  { framework: 'Fastify', own: 'fastify-session', ours: 'latchkey-fastify' },
  { framework: 'Koa', own: 'koa-session', ours: 'latchkey-koa' },
  { framework: 'Hono', own: 'hono-sessions', ours: 'latchkey-hono' },
]

/** Everyone who takes part in anything. */
export const ALL = [...new Set([...ORDINARY, ...DOORS.flatMap(({ own, ours }) => [own, ours])])]

/** @returns {Promise<Contestant>} */
export async function contestant(name) {
  return (await import(`./${name}.mjs`)).default
}
