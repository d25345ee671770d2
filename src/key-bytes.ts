/** Bytes of a key for encryption: AES-256. */
export const KEY_BYTES = 32

/** The bytes of a key, written as hex or as base64; undefined for any other text. */
export function keyBytes(text: string): Buffer | undefined {
  if (/^[\da-f]{64}$/i.test(text)) return Buffer.from(text, 'hex')
  if (!/^[\w+/-]{43}=?$/.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64')
  return bytes.length === KEY_BYTES ? bytes : undefined
}
