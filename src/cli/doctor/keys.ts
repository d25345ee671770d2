import type { Glance } from '../../redis/overview.ts'
import type { Desk } from '../desk.ts'
import { allGlances } from '../glances.ts'
import { KeyCount } from '../key-count.ts'
import { count } from '../units.ts'
import { encryptionFindings } from './encryption.ts'
import { type Finding, good, LINKS } from './finding.ts'

/** What else is under the prefix, and which neighbours are at work there. */
export async function keyFindings(desk: Desk): Promise<Finding[]> {
  const kinds: Partial<Record<Glance['kind'], number>> = {}
  const keys = new KeyCount(desk)
  let [endless, php, reset] = [0, 0, 0]
  for await (const glances of allGlances(desk)) {
    await keys.add(glances)
    for (const { kind, session, ttl } of glances) {
      kinds[kind] = (kinds[kind] ?? 0) + 1
      if (session && ttl === undefined) endless++
      if (session?.reset) reset++
      if (session?.holder?.kind === 'php' || (session && session.phpWaiters > 0)) php++
    }
  }
  return [
    ...described(desk, kinds, endless, php),
    ...neighbours(reset),
    ...encryptionFindings(desk.options.encryption, keys.all),
  ]
}

function* neighbours(reset: number): Iterable<Finding> {
  if (reset === 0) return
  const found = `A program that takes no locks has stored ${count(reset, 'session')} while a request of Node held the lock: each side overwrites what the other has stored.`
  yield { level: 'loss', found, remedy: 'Set disable_locking to 0 in PHP.', link: LINKS.sharing }
}

function* described(
  { options, overview }: Desk,
  kinds: Partial<Record<Glance['kind'], number>>,
  endless: number,
  php: number,
): Iterable<Finding> {
  const { prefix } = overview
  yield good(`${count((kinds.node ?? 0) + (kinds.php ?? 0), 'session')} under the prefix ${prefix}.`)
  if (kinds.other) {
    const remedy = 'Give this shop a prefix of its own. latchkey list --kind other counts them.'
    const found = `${count(kinds.other, 'key')} under ${prefix} are of other programs.`
    yield { level: 'warning', found, remedy, link: LINKS.options }
  }
  const texts = kinds['connect-redis']
  if (texts && options.adopt)
    yield good(`${count(texts, 'session')} of connect-redis will be converted when opened.`)
  else if (texts) {
    const remedy = 'Run latchkey migrate --from connect-redis, or set naming "plain" and adopt true.'
    const found = `${count(texts, 'session')} of connect-redis under ${prefix} cannot be opened: those visitors are logged out.`
    yield { level: 'loss', found, remedy, link: LINKS.connectRedis }
  }
  if ((kinds.php || php > 0) && options.naming === 'hashed') {
    const remedy = 'Set naming "plain", as PHP has it.'
    const found = `PHP writes sessions under ${prefix}, and naming is "hashed": Latchkey does not find them.`
    yield { level: 'loss', found, remedy, link: LINKS.php }
  } else if (kinds.php || php > 0) {
    yield {
      level: 'note',
      found: `PHP works with these sessions too (${count(kinds.php ?? 0, 'record')}).`,
      link: LINKS.record,
    }
  }
  if (kinds.newer) {
    const remedy = 'Update this Latchkey.'
    yield {
      level: 'warning',
      found: `${count(kinds.newer, 'record')} are of a newer version of Latchkey.`,
      remedy,
      link: LINKS.record,
    }
  }
  if (endless > 0) {
    const remedy =
      'Give them an end with PEXPIRE. Latchkey always sets one: find the program that took it away.'
    yield {
      level: 'warning',
      found: `${count(endless, 'session')} never expire.`,
      remedy,
      link: LINKS.record,
    }
  }
}
