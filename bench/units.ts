/** A number with as many digits as say something. */
export function digits(number: number): string {
  if (!Number.isFinite(number)) return '–'
  const size = Math.abs(number)
  if (size >= 99.95) return Math.round(number).toLocaleString('en-US')
  if (size === 0) return '0'
  return number.toFixed(size >= 9.995 ? 1 : 2)
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'] as const

/** Bytes. Powers of two throughout, as Redis counts its memory: thresholds and the bands of sizes are such powers. */
export const KB = 1024
export const GB = 2 ** 30

export function bytesText(bytes: number): string {
  let value = bytes
  let unit = 0
  while (Math.round(value) >= KB && unit < UNITS.length - 1) {
    value /= KB
    unit++
  }
  return `${unit === 0 ? Math.round(value) : digits(value)} ${UNITS[unit]}`
}

/** Round sizes, without digits that say nothing: 512 B, 2 KB. */
export function sizeText(bytes: number): string {
  return bytes < KB ? `${Math.round(bytes)} B` : `${Number((bytes / KB).toFixed(bytes < 10 * KB ? 1 : 0))} KB`
}

export function msText(ms: number): string {
  return ms < 0.1 ? `${digits(ms * 1000)} µs` : `${ms.toFixed(ms < 10 ? 3 : 1)} ms`
}

/** A share as a percentage: `28 %`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`
}

/** `12 % less`, `3.1 % more`, `the same`. */
export function change(value: number, before: number): string {
  const share = before === 0 ? 0 : value / before - 1
  if (Math.abs(share) < 0.0005) return 'the same'
  return `${percent(Math.abs(share))} ${share < 0 ? 'less' : 'more'}`
}

/** `1 key`, `2,000 keys`. */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString('en-US')} ${noun}${number === 1 ? '' : 's'}`
}
