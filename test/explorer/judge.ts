// What must hold after every step, whatever the schedule was. Answers the promise that was broken, or nothing.
import { type Holding, holdingOf, idsIn, isOurs, isSession, placesOf, processOf, queueOf, START_MS, stateOf } from './record.ts' // biome-ignore format: one glance
import type { Stepped } from './redis.ts'
import { type Move, POINTER } from './requests.ts'
import { wrote } from './step.ts'
import { current, type Scene, tokenOf, type World } from './world.ts'

export interface Judged {
  before: World
  move: Move
  stepped: Stepped
  after: World
  scene: Scene
}

type Rule = (judged: Judged) => string | undefined

export function judge(judged: Judged): string | undefined {
  for (const rule of RULES) {
    const broken = rule(judged)
    if (broken) return broken
  }
  return undefined
}

const isPhp = ({ script }: Move): boolean => script.startsWith('php')

const everyKeyEnds: Rule = ({ move, after: { record } }) => {
  // PHP's first step creates a key that its second gives a lifetime.
  if (isPhp(move) || Object.keys(record.hash).length === 0 || record.expires) return undefined
  return isOurs(record.hash.pid ?? '') && record.hash.data !== undefined ? 'the key never expires' : undefined
}

const theCountIsExact: Rule = ({ after: { record } }) => {
  const places = placesOf(record)
  const queue = queueOf(record)
  if ((queue?.count ?? 0) === places.length) return undefined
  return `the queue counts ${queue?.count ?? 0}, and ${places.length} wait`
}

const nobodyLosesALiveLock: Rule = ({ before, move, after }) => {
  const was = holdingOf(before.record, before.now)
  const is = holdingOf(after.record, after.now)
  if (was.kind === 'free' || isPhp(move) || !isSession(after.record)) return undefined
  if (is.token === was.token && is.kind !== 'free') return undefined
  if (mayTake(was, move)) return undefined
  return `${move.token} ended the hold of ${was.kind === 'entering' ? 'a PHP process that had not signed yet' : was.token}, which was ${was.kind}`
}

function mayTake(was: Holding, { token, breaks, commit }: Move): boolean {
  if (commit?.sent.mode === 'create') return true
  if (was.kind === 'entering') return false
  if (token === was.token || breaks === was.token) return true
  return was.kind === 'lapsed' && processOf(token) !== processOf(was.token)
}

const grantsAreInOrder: Rule = ({ before, move, after }) => {
  const was = holdingOf(before.record, before.now)
  const is = holdingOf(after.record, after.now)
  if (is.kind !== 'ours' || isPhp(move) || move.commit?.sent.mode === 'create') return undefined
  const since = (world: World) => stateOf(world.record.hash.state)?.since
  if (is.token === was.token && since(before) === since(after)) return undefined
  const places = [...placesOf(before.record)]
  const number =
    places.find(place => place.token === is.token)?.number ??
    before.clients.find(client => tokenOf(client) === is.token)?.arrival ??
    Number.POSITIVE_INFINITY
  const ahead = livingIn(after).find(place => place.number < number)
  return ahead && `${is.token} got the lock, and ${ahead.token} came before it`
}

/** Who waits and can be handed a lock. */
function livingIn({ record, now, deaf }: World) {
  const mute = queueOf(record)?.mute ?? []
  return placesOf(record).filter(
    ({ token, deadline }) =>
      deadline > START_MS + now && processOf(token) !== deaf && !mute.includes(processOf(token)),
  )
}

const aLockThatIsLetGoIsHandedOn: Rule = ({ before, move, after }) => {
  if (isPhp(move) || !isSession(after.record) || after.record.hash.poll !== undefined) return undefined
  if (holdingOf(before.record, before.now).kind === 'free') return undefined
  if (holdingOf(after.record, after.now).kind !== 'free') return undefined
  const [first] = livingIn(after)
  return first && `the lock was let go, and ${first.token} waits for it`
}

const noLockStandsWithNobody: Rule = ({ after }) => {
  const { kind, token } = holdingOf(after.record, after.now)
  if (kind !== 'ours') return undefined
  const someone = after.clients.some(
    client =>
      client.owes.includes(token) ||
      (tokenOf(client) === token && client.phase !== 'idle' && client.phase !== 'done'),
  )
  return someone ? undefined : `the lock stands with ${token}, which has ended`
}

const noUpdateIsLost: Rule = ({ after }) => {
  if (!isSession(after.record)) return undefined
  const ids = idsIn(after.record.hash.data)
  const lost = after.written.find(id => !ids.includes(id))
  return lost && `the commit ${lost} was written, and is lost`
}

const commitsWriteWhatTheyMay: Rule = ({ before, move, after }) => {
  if (!move.commit || !wrote(before.record, move, after.record)) return undefined
  const { sent } = move.commit
  if (sent.mode === 'create') {
    if (isSession(before.record)) return `${sent.id} created a session that was there`
    const until = Number(before.record.hash.gone?.split(' ')[2] ?? 0)
    return until > START_MS + before.now ? `${sent.id} created a session that has just ended` : undefined
  }
  if (!isSession(before.record)) return `${sent.id} wrote to a session that has ended`
  // One that Redis evicted, and that its creator's commit created again, is known by the same name.
  const { born } = stateOf(before.record.hash.state) ?? {}
  if (sent.base.life !== before.life && sent.base.born !== born) {
    return `${sent.id} wrote to another session of the same name`
  }
  const { kind, token } = holdingOf(before.record, before.now)
  if (sent.mode === 'exclusive' && token !== move.token) return `${sent.id} wrote without the lock`
  if (sent.mode === 'optimistic' && (kind === 'ours' || kind === 'php' || kind === 'entering')) {
    return `${sent.id} wrote while ${token} held the lock`
  }
  return undefined
}

const answersAreTrue: Rule = ({ before, move, stepped: { reply }, after, scene }) => {
  if (!move.commit?.arrives) return undefined
  const { sent, again } = move.commit
  const [outcome, reason = ''] = reply
  const now = wrote(before.record, move, after.record)
  const stored = now || sent.wrote > 0
  if (outcome === 'written') {
    if (!stored) return `${sent.id} is answered written, and was not`
    const writes = now ? Number(after.record.hash.writes) : sent.wrote
    // An unlocked commit in between makes another version of it, which a second answer does not know: of what was written
    // under the lock it says an earlier one, upon which nothing can be committed that overlooks another's commit.
    if (!now && scene.clients.some(({ requests }) => requests.includes('unlocked'))) {
      const possible = sent.mode === 'unlocked' || Number(reason) <= writes
      return possible ? undefined : `${sent.id} is answered version ${reason}, and is ${writes}`
    }
    return Number(reason) === writes
      ? undefined
      : `${sent.id} is answered version ${reason}, and is ${writes}`
  }
  if (now) return `${sent.id} is answered ${reason}, and was written`
  const since = Number(before.record.hash.writes) - sent.base.writes
  const overflowed = (stateOf(before.record.hash.state)?.ids.length ?? 0) < since
  if (reason === 'unknown') return again && overflowed ? undefined : `${sent.id} is answered unknown`
  // What a session was written to before it ended is not known afterwards.
  const over = sent.life !== before.life || !isSession(before.record)
  const ended = reason === 'destroyed' || reason === 'moved' || reason === 'exists'
  // Nor what was written to one that Redis evicted, and that its creator's commit created again.
  const another = sent.life !== before.life && sent.mode !== 'create'
  if (sent.wrote > 0 && !(over && (ended || another)))
    return `${sent.id} is answered ${reason}, and was written`
  if ((reason === 'destroyed' || reason === 'moved') && !over) {
    return `${sent.id} is answered ${reason}, and the session is alive`
  }
  return undefined
}

const endsWhatItMay: Rule = ({ before, move, stepped: { reply }, after }) => {
  const { token, expects } = move
  if (!expects) return undefined
  const mine = ({ record }: World) => record.hash.gone !== undefined && record.hash.pid === token
  const [outcome, reason] = reply
  if (isSession(before.record) && !isSession(after.record)) {
    if (holdingOf(before.record, before.now).token !== token)
      return `${token} ended the session without the lock`
    if (expects.life !== before.life) return `${token} ended another session of the same name`
    const lost = before.written.find(id => !idsIn(expects.data).includes(id))
    if (lost) return `${token} ended the session, and had not read ${lost}`
    return outcome === '1' ? undefined : `${token} ended the session, and is answered ${reason}`
  }
  if (outcome === '1')
    return mine(after) ? undefined : `${token} is answered that it ended the session, and did not`
  const until = Number(before.record.hash.gone?.split(' ')[2] ?? 0)
  if (mine(before) && until > START_MS + before.now)
    return `${token} ended the session before, and is answered ${reason}`
  const over = !isSession(before.record) || expects.life !== before.life
  if ((reason === 'destroyed' || reason === 'moved') && !over) {
    return `${token} is answered ${reason}, and the session is alive`
  }
  return undefined
}

const nothingIsWrittenAfterTheEnd: Rule = ({ before, move, after }) => {
  const { gone, pid = '' } = before.record.hash
  if (gone === undefined || !isOurs(pid) || isPhp(move) || after.record.hash.gone === undefined)
    return undefined
  const { data } = after.record.hash
  return data === undefined || data === before.record.hash.data ? undefined : 'a tombstone was written to'
}

/** To a request during the grace, and to a logout as long as the tombstone lasts. */
const theOldIdLeadsOn: Rule = ({ before, move, stepped: { reply }, after }) => {
  const { gone, pid } = before.record.hash
  const [, kind, until, readable] = gone?.split(' ') ?? []
  const now = START_MS + after.now
  if (kind !== 'rotated' || Number(until) <= now) return undefined
  if (move.script === 'acquire') {
    const leads = reply[0] === 'gone' && reply[1] === 'rotated' && reply[2] === POINTER
    return leads === Number(readable) > now
      ? undefined
      : `${move.token} is answered ${reply}, after a rotation`
  }
  if (move.script !== 'destroy' || move.expects || pid === move.token) return undefined
  return reply[7] === POINTER ? undefined : `${move.token} ends the session, and is not told where it goes on`
}

const aBreakNamesWhomItSaw: Rule = ({ before, move, stepped: { reply } }) => {
  if (move.script !== 'acquire') return undefined
  const at = reply[0] === 'granted' ? 4 : reply[0] === 'queued' ? 10 : -1
  if (at < 0 || reply[at + 3] !== 'broken') return undefined
  const client = before.clients.find(({ name }) => name === move.client)
  if (client && reply[at] === client.saw?.token && current(client) !== 'php') return undefined
  return `${move.token} broke the lock of ${reply[at]}, and had not watched it`
}

const RULES: readonly Rule[] = [
  commitsWriteWhatTheyMay,
  noUpdateIsLost,
  answersAreTrue,
  nobodyLosesALiveLock,
  aBreakNamesWhomItSaw,
  grantsAreInOrder,
  aLockThatIsLetGoIsHandedOn,
  noLockStandsWithNobody,
  endsWhatItMay,
  nothingIsWrittenAfterTheEnd,
  theOldIdLeadsOn,
  theCountIsExact,
  everyKeyEnds,
]
