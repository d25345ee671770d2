import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { KEY_BYTES, keyBytes } from '../key-bytes.ts'
import { ENCRYPTED } from './compressor.ts'
import { PayloadError } from './payload.ts'

/*
 * Payloads, encrypted for one record.
 *
 * FORMAT    `:e1:` ‖ length of the key's id (1 byte) ‖ id ‖ iv (12) ‖ AES-256-GCM(payload ‖ 0x80 ‖ zeros) ‖ tag (16).
 *           The key of a record is HMAC-SHA-256(HKDF(key of the ring), 'record/1\0' + record).
 *           Associated data: `:e1:` ‖ id ‖ 0 ‖ record, where the record is its prefix and name.
 * PROMISES  1. A changed byte is refused, and so is a payload that was moved to another record.
 *           2. The first active key writes, and every key of the ring reads. Without one, data stays as it is.
 *           3. A random IV is used with the key of one record only.
 */

export interface EncryptionOptions {
  readonly keys: readonly EncryptionKey[]
  /** true refuses data that is not encrypted, and a record without data. */
  readonly required: boolean
  /** Bytes; what is encrypted gets a multiple of this length. 0 for its own length. */
  readonly pad: number
}

export interface EncryptionKey {
  readonly id: string
  /** 32 bytes as hex or base64. */
  readonly key: string
  /** ISO date from which the key writes; null for always. */
  readonly from: string | null
}

export interface Encryption {
  /** As it is where no key is active. */
  seal(payload: Buffer, record: string): Buffer
  /** Throws a `PayloadError`. Data that is not encrypted comes back as it is, unless encryption is required. */
  open(payload: Buffer, record: string): Buffer
  /** Whether `seal` would encrypt it with another key by now, or encrypt it at all. */
  isOutdated(payload: Buffer): boolean
}

const TAG = Buffer.from(ENCRYPTED)
const IV = 12
const MAC = 16
const END = 0x80

/** Bytes of a payload that are enough for `keyIdOf`. */
export const KEY_ID_BYTES = TAG.length + 1 + 255

/** The id of the key that encrypted a payload; undefined for data that is not encrypted. */
export function keyIdOf(payload: Buffer): string | undefined {
  if (!payload.subarray(0, TAG.length).equals(TAG)) return undefined
  const id = payload.toString('utf8', TAG.length + 1, TAG.length + 1 + (payload[TAG.length] ?? 0))
  // Our ids stay as they are. What somebody else wrote there must not control a terminal that shows it.
  return encodeURIComponent(id)
}

/** The key that writes at a time: the first that is active; undefined where none is. */
export function writingKey<K extends Pick<EncryptionKey, 'from'>>(
  keys: readonly K[],
  now: number,
): K | undefined {
  return keys.find(({ from }) => from === null || Date.parse(from) <= now)
}

/** Throws a TypeError for a key that is not 32 bytes long. */
export function createEncryption(
  { keys, required, pad }: EncryptionOptions,
  now: () => number = Date.now,
): Encryption {
  const ring = keys.map(({ id, key, from }) => ({ id, from, root: rootOf(key) }))
  let latest = now()
  const writing = () => {
    // A clock that is set back does not bring an older key back, nor plaintext.
    latest = Math.max(latest, now())
    return writingKey(ring, latest) ?? (required ? ring.at(-1) : undefined)
  }
  return {
    seal(payload, record) {
      const key = writing()
      if (!key) return payload
      const id = Buffer.from(key.id)
      const iv = randomBytes(IV)
      const cipher = createCipheriv('aes-256-gcm', recordKey(key.root, record), iv)
      cipher.setAAD(associated(key.id, record))
      const body = cipher.update(padded(payload, pad))
      cipher.final()
      return Buffer.concat([TAG, Buffer.of(id.length), id, iv, body, cipher.getAuthTag()])
    },
    open(payload, record) {
      const id = keyIdOf(payload)
      if (id === undefined) {
        if (required) throw new PayloadError('the payload is not encrypted, and encryption.required is true')
        return payload
      }
      const key = ring.find(one => one.id === id)
      if (!key) throw unknownKey(id)
      return opened(payload, key, record)
    },
    isOutdated(payload) {
      const key = writing()
      return key !== undefined && keyIdOf(payload) !== key.id
    },
  }
}

/** Shown with the record left alone: the id says which key to add. */
export function unknownKey(id: string): PayloadError {
  return new PayloadError(
    `the payload is encrypted with the key ${JSON.stringify(id)}, which is not in encryption.keys`,
    { keyId: id },
  )
}

function opened(payload: Buffer, { id, root }: { id: string; root: Buffer }, record: string): Buffer {
  const start = TAG.length + 1 + Buffer.byteLength(id)
  const refused = (cause?: unknown) =>
    new PayloadError(
      `the payload cannot be decrypted with the key ${JSON.stringify(id)}: it is damaged, was moved from another record, or the key is a different one`,
      cause === undefined ? { keyId: id } : { cause, keyId: id },
    )
  if (payload.length < start + IV + MAC + 1) throw refused()
  try {
    const iv = payload.subarray(start, start + IV)
    const decipher = createDecipheriv('aes-256-gcm', recordKey(root, record), iv, { authTagLength: MAC })
    decipher.setAAD(associated(id, record))
    decipher.setAuthTag(payload.subarray(-MAC))
    const body = decipher.update(payload.subarray(start + IV, -MAC))
    decipher.final()
    return body.subarray(0, body.lastIndexOf(END))
  } catch (error) {
    throw refused(error)
  }
}

function rootOf(text: string): Buffer {
  const bytes = keyBytes(text)
  if (!bytes) throw new TypeError('encryption: expected a key of 32 bytes, got another length')
  return Buffer.from(hkdfSync('sha256', bytes, '', 'latchkey/encryption/1', KEY_BYTES))
}

function recordKey(root: Buffer, record: string): Buffer {
  return createHmac('sha256', root).update(`record/1\0${record}`).digest()
}

function associated(id: string, record: string): Buffer {
  return Buffer.from(`:e1:${id}\0${record}`)
}

/** The end is always marked, so that data is read whatever `pad` was when it was written. */
function padded(payload: Buffer, pad: number): Buffer {
  const length = pad > 0 ? Math.ceil((payload.length + 1) / pad) * pad : payload.length + 1
  const whole = Buffer.alloc(length)
  payload.copy(whole)
  whole[payload.length] = END
  return whole
}
