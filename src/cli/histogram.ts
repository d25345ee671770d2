import { percent } from './units.ts'

export interface Bucket {
  /** For people: `up to 1.0 KB`. */
  readonly label: string
  /** Values below this belong here; null for all that are larger. */
  readonly below: number | null
  count: number
}

/** Counts values in buckets. */
export class Histogram {
  readonly buckets: readonly Bucket[]

  constructor(bounds: readonly number[], label: (bound: number) => string) {
    const last = bounds.at(-1) ?? 0
    this.buckets = [
      ...bounds.map(below => ({ label: `below ${label(below)}`, below, count: 0 })),
      { label: `${label(last)} or more`, below: null, count: 0 },
    ]
  }

  add(value: number): void {
    const bucket = this.buckets.find(({ below }) => below === null || value < below)
    if (bucket) bucket.count++
  }

  /** A bar for each bucket between the first and the last that hold something. */
  text(): string {
    const total = this.buckets.reduce((sum, { count }) => sum + count, 0)
    if (total === 0) return '  none'
    const filled = this.buckets.map(({ count }) => count > 0)
    const shown = this.buckets.slice(filled.indexOf(true), filled.lastIndexOf(true) + 1)
    const most = Math.max(...shown.map(({ count }) => count))
    const wide = Math.max(...shown.map(({ label }) => label.length))
    return shown
      .map(({ label, count }) => {
        const bar = '█'.repeat(Math.ceil((BAR * count) / most))
        return `  ${label.padEnd(wide)}  ${bar.padEnd(BAR)}  ${count} (${percent(count / total)})`
      })
      .join('\n')
  }
}

const BAR = 30
