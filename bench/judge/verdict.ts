import { percent, sizeText } from '../units.ts'
import type { Cost } from './cost.ts'
import { sameTime } from './noise.ts'
import { type Choice, SHIPPED } from './recommend.ts'

/** A share of the time that a request spends on its session: visitors cannot feel less. That time is a few percent of a request. */
const HARDLY = 0.05
/** A share of the memory that is not worth a word. */
const NOTHING = 0.01

/**
 * One sentence for a reader who looks at nothing else.
 *
 * @param choice the balanced one
 * @param shipped what the default costs; undefined where it could not be measured
 */
export function verdictOf(choice: Choice, shipped: Cost | undefined): string {
  const { name, library, threshold, cost, plain } = choice
  if (threshold === undefined) {
    return 'Compression does not pay here: it saves too little memory for the time that it takes.'
  }
  const saved = (one: Cost) => 1 - one.memory / plain.memory
  const own = saved(cost) < NOTHING ? 'no memory' : `${percent(saved(cost))} of memory`
  if (library === SHIPPED.library) return `${speed(cost, plain)}; ${name}, the default, saves ${own}.`
  const beside = shipped && (saved(shipped) < NOTHING ? 'nothing' : percent(saved(shipped)))
  const other =
    beside === undefined
      ? ''
      : `, the default (${SHIPPED.library} from ${sizeText(SHIPPED.threshold)}) ${beside}`
  return `${speed(cost, plain)}; ${name} saves ${own}${other}.`
}

function speed(cost: Cost, plain: Cost): string {
  if (sameTime(cost, plain)) return 'Speed does not differ'
  const share = cost.request / plain.request - 1
  if (Math.abs(share) < HARDLY) return 'Speed hardly differs'
  return `A request spends ${percent(Math.abs(share))} ${share < 0 ? 'less' : 'more'} time on its session`
}
