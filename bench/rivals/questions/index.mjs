import doors from './doors.mjs'
import eventLoop from './event-loop.mjs'
import handOver from './hand-over.mjs'
import hotSession from './hot-session.mjs'
import memory from './memory.mjs'
import ordinary from './ordinary.mjs'
import redisCost from './redis-cost.mjs'
import waiting from './waiting.mjs'
import whereItGoes from './where-it-goes.mjs'

/**
 * @typedef {object} Question
 * @property {string} id letter, for --only
 * @property {string} title
 * @property {string} how it is measured
 * @property {(run: Run) => Promise<unknown>} run measures; what it resolves to is kept as JSON
 * @property {(results: any, label: Record<string, string>) => Report} report reads those results
 *
 * @typedef {object} Run
 * @property {Awaited<ReturnType<typeof import('../redis.mjs').startRedis>>} redis
 * @property {Awaited<ReturnType<typeof import('../rpc.mjs').start>>} load
 * @property {number} rounds
 * @property {boolean} quick
 * @property {(total: number) => (what: string) => void} steps tells how many steps there are, then each
 *
 * @typedef {object} Report
 * @property {{ caption?: string, columns: string[], rows: string[][] }[]} tables
 * @property {string[]} notes
 * @property {{ what: string, must: string, is: string, met: boolean, of?: string, bound?: string }[]} verdicts
 * @property {string[]} wrong answers that should not have been, of contestants that should have known
 * @property {import('../charts.mjs').Chart[]} charts
 */

/** @type {Question[]} */
export const QUESTIONS = [
  ordinary,
  redisCost,
  hotSession,
  handOver,
  waiting,
  memory,
  eventLoop,
  whereItGoes,
  doors,
]
