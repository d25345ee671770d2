import bytes from 'bytes'
import ms from 'ms'

/** A length of time with its unit: `"500ms"`, `"30s"`, `"15m"`, `"8h"`, `"1d"` or `"2w"`. */
export type Duration = `${number}${'ms' | 's' | 'm' | 'h' | 'd' | 'w'}`
/** A size with its unit: `"512b"`, `"2kb"` or `"1mb"`, in either case. 1 kb is 1024 bytes. */
export type Size = `${number}${'b' | 'kb' | 'mb' | 'B' | 'KB' | 'MB'}`

// The libraries accept more: `ms` a text without a unit, `bytes` any text that begins with a digit.
export const DURATION = /^\d{1,12}(\.\d{1,6})?(ms|s|m|h|d|w)$/
export const SIZE = /^\d{1,12}(\.\d{1,6})?(b|kb|mb|B|KB|MB)$/

export function secondsOf(text: string): number {
  return ms(text as Duration) / 1000
}

export function bytesOf(text: string): number {
  return bytes.parse(text) ?? Number.NaN
}

/** The shortest text for so many seconds, such as `30d`, if there is one that is exact. */
export function durationText(seconds: number): string | undefined {
  const text = ms(seconds * 1000)
  return secondsOf(text) === seconds ? text : undefined
}

/** The same for bytes: `2kb`. */
export function sizeText(size: number): string | undefined {
  const text = bytes.format(size)?.toLowerCase()
  return text !== undefined && bytesOf(text) === size ? text : undefined
}
