import { writingKey } from '../../codec/encryption.ts'
import type { Options } from '../../config/options.ts'
import type { OfKey } from '../key-count.ts'
import { count } from '../units.ts'
import { type Finding, good, LINKS } from './finding.ts'

/** Which keys encrypted the sessions, and which of those this configuration cannot read. */
export function* encryptionFindings(
  { keys, required }: Options['encryption'],
  found: readonly OfKey[],
  now: number = Date.now(),
): Iterable<Finding> {
  const writing = writingKey(keys, now)?.id
  for (const { key, sessions } of found) {
    const some = count(sessions, 'session')
    if (key === null) yield plaintext(some, required)
    else if (key === writing) yield good(`${some} encrypted with the key ${key}, which encrypts now.`)
    else if (writing === undefined && keys.some(({ id }) => id === key))
      yield good(`${some} encrypted with the key ${key}.`)
    else if (keys.some(({ id }) => id === key)) {
      const remedy = `latchkey reseal encrypts them with the key ${writing}. Keep the old key until then.`
      yield {
        ...{ level: 'note', found: `${some} encrypted with the older key ${key}.` },
        ...{ remedy, link: LINKS.rotation },
      }
    } else {
      const what = `${some} encrypted with the key ${JSON.stringify(key)}, which is not in encryption.keys: those visitors are logged out.`
      yield { level: 'loss', found: what, remedy: 'Add the key to encryption.keys.', link: LINKS.rotation }
    }
  }
  if (writing !== undefined && !required && found.every(({ key }) => key !== null)) {
    const remedy = 'Set encryption.required: without it, plaintext is read too.'
    yield { level: 'note', found: 'No session is stored as plaintext.', remedy, link: LINKS.encryption }
  }
}

function plaintext(some: string, required: boolean): Finding {
  if (required) {
    const found = `${some} not encrypted, which encryption.required refuses: those visitors are logged out.`
    const remedy = 'Set encryption.required to false, run latchkey reseal, and set it again.'
    return { level: 'loss', found, remedy, link: LINKS.encryption }
  }
  const remedy = 'Run latchkey reseal, then set encryption.required.'
  return { level: 'warning', found: `${some} not encrypted.`, remedy, link: LINKS.encryption }
}
