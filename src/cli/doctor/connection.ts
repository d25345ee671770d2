import type { Options } from '../../config/options.ts'
import { SessionError } from '../../errors.ts'
import type { Desk } from '../desk.ts'
import { duration } from '../units.ts'
import { type Finding, good, LINKS } from './finding.ts'

const PINGS = 20

/** Rights, round trips and the clock. */
export async function connectionFindings(desk: Desk, configured: Options): Promise<Finding[]> {
  return [await rights(desk), await latency(desk, configured), await clock(desk)]
}

async function rights({ store }: Desk): Promise<Finding> {
  try {
    await store.ping()
    return good('The Redis user may do all that sessions need.')
  } catch (error) {
    if (!(error instanceof SessionError) || error.code !== 'STORE_REFUSED') throw error
    const remedy = 'Give the user these rights: the page has the line.'
    const why = (error.cause as Error | undefined)?.message ?? error.message
    return { level: 'loss', found: `The Redis user lacks rights: ${why}.`, remedy, link: LINKS.user }
  }
}

async function latency({ overview }: Desk, { redis }: Options): Promise<Finding> {
  const times: number[] = []
  for (let n = 0; n < PINGS; n++) {
    const started = performance.now()
    await overview.now()
    times.push(performance.now() - started)
  }
  times.sort((a, b) => a - b)
  const [median, worst] = [times[PINGS >> 1] ?? 0, times.at(-1) ?? 0]
  const took = `A round trip takes ${median.toFixed(2)} ms, and ${worst.toFixed(1)} ms at worst.`
  if (worst > (redis.commandTimeout * 1000) / 2) {
    const remedy = `Requests are answered 503 after ${duration(redis.commandTimeout * 1000)}: find what holds Redis up (SLOWLOG GET).`
    return { level: 'warning', found: took, remedy, link: LINKS.latency }
  }
  if (median > 5) {
    const remedy = 'A request makes two round trips: bring the shop nearer to Redis.'
    return { level: 'warning', found: took, remedy, link: LINKS.latency }
  }
  return good(took)
}

async function clock({ overview }: Desk): Promise<Finding> {
  const sent = Date.now()
  const theirs = await overview.now()
  const apart = Math.abs(theirs - (sent + Date.now()) / 2)
  if (apart < 2000) return good('The clocks of this machine and of Redis agree.')
  const remedy =
    'Start NTP on both. Locks and lifetimes go by the clock of Redis, cookies by that of the shop.'
  return {
    level: 'warning',
    found: `The clocks of this machine and of Redis differ by ${duration(apart)}.`,
    remedy,
  }
}
