/** Values to places. */
export interface Scale {
  at(value: number): number
  readonly ticks: readonly number[]
}

/** Over a range that is given, ticks at 1, 2, 5 and their tens. */
export function linear(low: number, high: number, from: number, to: number, about = 5): Scale {
  const span = Math.max(high - low, 1e-9)
  const power = 10 ** Math.floor(Math.log10(span / about))
  const step = power * ([1, 2, 5, 10].find(factor => span / (power * factor) <= about + 1) ?? 10)
  const first = Math.floor(low / step + 1e-9)
  const last = Math.ceil(high / step - 1e-9)
  const ticks = Array.from({ length: last - first + 1 }, (_, n) => (first + n) * step)
  const [bottom, top] = [first * step, last * step]
  return { ticks, at: value => from + ((value - bottom) / (top - bottom)) * (to - from) }
}

/** Ticks at 1, 2 and 5 of each ten, or at the tens alone where those would crowd. */
export function logarithmic(low: number, high: number, from: number, to: number): Scale {
  const [bottom, top] = [Math.log10(low / 1.3), Math.log10(high * 1.3)]
  const steps = top - bottom > 2 ? [1] : top - bottom > 1.2 ? [1, 3] : [1, 2, 5]
  const ticks: number[] = []
  for (let power = Math.floor(bottom); power <= Math.ceil(top); power++) {
    for (const step of steps) {
      const tick = step * 10 ** power
      if (Math.log10(tick) >= bottom && Math.log10(tick) <= top) ticks.push(tick)
    }
  }
  return { ticks, at: value => from + ((Math.log10(value) - bottom) / (top - bottom)) * (to - from) }
}
