import { isUtf8 } from 'node:buffer'
import { PhpFloat } from './values.ts'

/**
 * Scalars as PHP writes them, and back. A session's text is handled as a string of bytes: each character is one byte ("raw"
 * here), so that lengths are PHP's lengths and a slice is cheap.
 */

const NOT_ASCII = /[\u0080-\uffff]/
const CANONICAL = /^(?:0|-?[1-9]\d{0,18})$/
const LARGEST = '9223372036854775807'
const SMALLEST = '9223372036854775808'

/** The string of these bytes, or the bytes themselves where they are not UTF-8. */
export function stringOf(raw: string): string | Buffer {
  if (!NOT_ASCII.test(raw)) return raw
  const bytes = Buffer.from(raw, 'latin1')
  return isUtf8(bytes) ? bytes.toString() : bytes
}

/** Of a class or a case, which PHP allows to be no UTF-8. */
export function nameOf(raw: string): string {
  const name = stringOf(raw)
  return typeof name === 'string' ? name : raw
}

/** The bytes of a string in UTF-8. Half a surrogate pair becomes U+FFFD. */
export function rawOf(value: string | Uint8Array): string {
  if (typeof value === 'string') return NOT_ASCII.test(value) ? Buffer.from(value).toString('latin1') : value
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1')
}

/** A decimal as PHP reads it: beyond 64 bits it becomes the nearest integer that fits. */
export function saturated(sign: string, decimal: string): string {
  const digits = decimal.replace(/^0+(?=\d)/, '')
  if (digits === '0') return '0'
  const limit = sign === '-' ? SMALLEST : LARGEST
  const beyond = digits.length > limit.length || (digits.length === limit.length && digits > limit)
  return (sign === '-' ? '-' : '') + (beyond ? limit : digits)
}

export function intOf(decimal: string): number | bigint {
  const number = Number(decimal)
  return Number.isSafeInteger(number) ? number : BigInt(decimal)
}

/** PHP makes an integer of a key that spells one. */
export function isIntKey(raw: string): boolean {
  return CANONICAL.test(raw) && saturated(raw[0] === '-' ? '-' : '', raw.replace('-', '')) === raw
}

export function floatOf(text: string): number {
  if (text === 'NAN') return Number.NaN
  if (text.endsWith('INF')) return text[0] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  return Number(text)
}

/** As PHP writes it with `serialize_precision = -1`: the shortest digits that read back as the same float. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'NAN'
  if (!Number.isFinite(value)) return value > 0 ? 'INF' : '-INF'
  if (value === 0) return Object.is(value, -0) ? '-0' : '0'
  const [mantissa = '', exponent = ''] = Math.abs(value).toExponential().split('e')
  const digits = mantissa.replace('.', '')
  // The value is 0.digits × 10^point.
  const point = Number(exponent) + 1
  const sign = value < 0 ? '-' : ''
  if (point < -3 || point > 17) {
    const power = point - 1
    return `${sign}${digits[0]}.${digits.slice(1) || '0'}E${power < 0 ? '-' : '+'}${Math.abs(power)}`
  }
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  const fraction = digits.slice(point)
  return `${sign}${digits.slice(0, point).padEnd(point, '0')}${fraction && `.${fraction}`}`
}

export type Scalar = null | boolean | number | bigint | string | Uint8Array | PhpFloat

export function isScalar(value: unknown): value is Scalar {
  if (typeof value !== 'object') return typeof value !== 'function' && typeof value !== 'symbol'
  return value === null || value instanceof Uint8Array || value instanceof PhpFloat
}

/** @param asFloat a whole number is written as a float too */
export function scalarText(value: Scalar, asFloat: boolean): string {
  if (value === null) return 'N;'
  if (typeof value === 'boolean') return value ? 'b:1;' : 'b:0;'
  if (typeof value === 'bigint') return `i:${fitting(value)};`
  if (value instanceof PhpFloat) return `d:${floatText(value.value)};`
  if (typeof value === 'number') {
    const isInt = !asFloat && Number.isSafeInteger(value) && !Object.is(value, -0)
    return isInt ? `i:${value};` : `d:${floatText(value)};`
  }
  return stringText(rawOf(value))
}

export function stringText(raw: string): string {
  return `s:${raw.length}:"${raw}";`
}

export function keyText(raw: string): string {
  return isIntKey(raw) ? `i:${raw};` : stringText(raw)
}

function fitting(value: bigint): bigint {
  if (BigInt.asIntN(64, value) === value) return value
  throw new RangeError(`${value} does not fit into an integer of PHP, which has 64 bits`)
}
