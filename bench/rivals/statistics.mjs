/** @param {number[]} sorted ascending */
export function percentile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]
}

export function ascending(numbers) {
  return [...numbers].sort((a, b) => a - b)
}

export function median(numbers) {
  const sorted = ascending(numbers)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** @returns {{ median: number, low: number, high: number }} of the rounds */
export function summary(numbers) {
  return { median: median(numbers), low: Math.min(...numbers), high: Math.max(...numbers) }
}

/** A number with as many digits as say something. */
export function digits(number) {
  if (!Number.isFinite(number)) return '–'
  if (Number.isInteger(number)) return number.toLocaleString('en-US')
  const size = Math.abs(number)
  if (size >= 100) return Math.round(number).toLocaleString('en-US')
  return number.toFixed(size >= 10 ? 1 : size >= 1 ? 2 : 3)
}

/** `median (low–high)`, or the one figure that there is. */
export function spread(numbers, format = digits) {
  const { median, low, high } = summary(numbers)
  return low === high ? format(median) : `${format(median)} (${format(low)}–${format(high)})`
}

/**
 * A figure, whether its median keeps a bound, and, where the rounds do not agree on that, how many keep it.
 *
 * @param {number[]} rounds
 * @param {(figure: number) => boolean} keeps
 */
export function judged(rounds, keeps) {
  const kept = rounds.filter(keeps).length
  const split = kept > 0 && kept < rounds.length
  return {
    is: spread(rounds),
    met: keeps(median(rounds)),
    ...(split ? { of: `${kept} of ${rounds.length} rounds` } : {}),
  }
}

/** The contestants' order in a round: each goes first once, and every other round runs backwards, so that drift evens out. */
export function inTurn(names, round) {
  const shift = round % names.length
  const turned = [...names.slice(shift), ...names.slice(0, shift)]
  return round % 2 === 0 ? turned : turned.reverse()
}
