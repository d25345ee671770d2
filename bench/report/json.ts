import type { Result } from './result.ts'

/** Bytes and milliseconds with as many digits as were measured. */
export function jsonReport(result: Result): string {
  const text = JSON.stringify(
    result,
    (_, value) =>
      typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value,
    2,
  )
  return `${text}\n`
}
