import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/*
 * Where a rotated session goes on, for those who have its old id, and for nobody who only sees what Redis holds.
 *
 * FORMAT  iv (12 bytes) · AES-256-GCM of the new id · tag (16 bytes). The key is made from the old id by HKDF-SHA-256. An id has
 *         192 random bits, or what `genid` makes, and each seals once.
 */

const IV_LENGTH = 12
const TAG_LENGTH = 16

/** The new id, sealed with the old one. */
export function seal(oldId: string, newId: string): Buffer {
  const iv = randomBytes(IV_LENGTH)
  const cipher = createCipheriv('aes-256-gcm', keyOf(oldId), iv)
  return Buffer.concat([iv, cipher.update(newId, 'utf8'), cipher.final(), cipher.getAuthTag()])
}

/** Undefined for what was not sealed with this id, or was changed since. */
export function unseal(oldId: string, pointer: Buffer): string | undefined {
  if (pointer.length < IV_LENGTH + TAG_LENGTH) return undefined
  const options = { authTagLength: TAG_LENGTH }
  const decipher = createDecipheriv('aes-256-gcm', keyOf(oldId), pointer.subarray(0, IV_LENGTH), options)
  decipher.setAuthTag(pointer.subarray(-TAG_LENGTH))
  try {
    const id = decipher.update(pointer.subarray(IV_LENGTH, -TAG_LENGTH))
    return Buffer.concat([id, decipher.final()]).toString()
  } catch {
    return undefined
  }
}

function keyOf(oldId: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', oldId, '', 'latchkey/rotated/1', 32))
}
