import { bytesText, change, msText } from '../units.ts'
import { scoreOf } from './cost.ts'
import { isClose, sameTime } from './noise.ts'
import { type Choice, isAsGood } from './recommend.ts'

const MILLION = 1_000_000

/** Why, in one or two sentences with the figures; what is in brackets compares with plain storage. */
export function reasonOf(choice: Choice): string {
  const { purpose, cost, plain, runnerUp, threshold } = choice
  const time = `a request spends ${msText(cost.request)} on its session`
  const memory = `a million sessions take ${bytesText(cost.memory * MILLION)}`
  const timeChange = sameTime(cost, plain) ? 'no measurable change' : change(cost.request, plain.request)
  const memoryChange = change(cost.memory, plain.memory)
  const next = (figure: (of: { name: string; cost: typeof cost }) => string) => {
    if (!runnerUp) return ''
    const [own, its] = [scoreOf(cost, purpose), scoreOf(runnerUp.cost, purpose)]
    const said = isClose(own, its)
      ? 'Within a percent of it:'
      : isAsGood(cost, runnerUp.cost, purpose)
        ? 'Not measurably different:'
        : 'Next comes'
    return ` ${said} ${runnerUp.name} with ${figure(runnerUp)}.`
  }
  if (threshold === undefined) {
    const why: Record<typeof purpose, string> = {
      fastest: `Nothing is faster than not compressing here: ${time}.`,
      smallest: `Nothing makes these sessions smaller: ${memory}.`,
      balanced: `What compression saves in memory is not worth its time here: ${time}.`,
    }
    return why[purpose]
  }
  const saved = `${memory} (${memoryChange})`
  const spent = `${time} (${timeChange})`
  switch (purpose) {
    case 'fastest':
      return `${capital(spent)}, and ${saved}.${next(of => msText(of.cost.request))}`
    case 'smallest':
      return `${capital(saved)}, and ${spent}.${next(of => bytesText(of.cost.memory * MILLION))}`
    case 'balanced':
      return `${capital(saved)}, and ${spent}: time times memory is smallest.${next(of => `${msText(of.cost.request)} and ${bytesText(of.cost.memory * MILLION)}`)}`
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
