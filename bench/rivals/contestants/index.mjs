/**
 * @typedef {object} Contestant
 * @property {string} name also of its file
 * @property {string} label for tables and charts
 * @property {string[]} packages whose versions the report names
 * @property {string} settings what was set beyond the library's README, and why
 * @property {(url: string) => Promise<Opened>} open connects to Redis
 *
 * @typedef {object} Opened
 * @property {import('express-session').Store} store
 * @property {import('express').RequestHandler} [around] goes before session(): the lock of those whose store has none
 * @property {Hands} [hands] the lock without Express; absent where there is none
 * @property {() => Promise<unknown>} close
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

/** @returns {Promise<Contestant>} */
export async function contestant(name) {
  return (await import(`./${name}.mjs`)).default
}
