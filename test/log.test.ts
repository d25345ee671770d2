import { describe, expect, test } from '@jest/globals'
import { pino } from 'pino'
import { SessionError, storeUnavailable } from '../src/errors.ts'
import type { CommitRefused, SessionEvent } from '../src/events.ts'
import { logEvent } from '../src/log.ts'
import { shortHash } from '../src/session-id.ts'
import type { Holder } from '../src/store.ts'

const ID = 'q6vbjq0h5kd8ocg1q1vqg0n9cv'
const about = { session: shortHash(ID), request: 'GET shop.example/cart' }
const holder: Holder = {
  token: 'web-1|4711|a1b2c3d4-9sn7-uj03l9hoc.1z',
  request: 'POST shop.example/checkout',
  heldFor: 31_234,
}
const WHO = 'web-1|4711 (POST shop.example/checkout, for 31.2 s)'
const last: Holder = { ...holder, heldFor: undefined, released: true }
const LAST = 'last held by web-1|4711 (POST shop.example/checkout)'
const php: Holder = { token: 'vm|7271', request: 'GET shop.example/', heldFor: undefined }
const nobody: Holder = { token: '', request: '', heldFor: undefined }

function linesOf(event: SessionEvent, level = 'trace'): Record<string, unknown>[] {
  const lines: string[] = []
  logEvent(pino({ level }, { write: (line: string) => void lines.push(line) }), event)
  for (const line of lines) expect(line.endsWith('\n') && !line.slice(0, -1).includes('\n')).toBe(true)
  return lines.map(line => JSON.parse(line) as Record<string, unknown>)
}

type Name = SessionEvent['event']
interface Case {
  event: SessionEvent
  level: string
  /** Who, since when, what to do. */
  says: (string | RegExp)[]
}

const CASES: Record<Name, Case[]> = {
  'lock-waited': [
    { event: { event: 'lock-waited', waited: 12.3, holder, ...about }, level: 'debug', says: ['12 ms', WHO] },
  ],
  'lock-broken': [
    {
      event: { event: 'lock-broken', holder, because: 'overdue', watched: 30_000, ...about },
      level: 'warn',
      says: [WHO, 'watched for 30.0 s', 'breakAfter'],
    },
    {
      event: { event: 'lock-broken', holder, because: 'dead', watched: 5, ...about },
      level: 'warn',
      says: [WHO, 'dead', /check why it exited/i],
    },
  ],
  'unlocked-by-hand': [
    {
      event: { event: 'unlocked-by-hand', holder, ...about, request: 'latchkey unlock by ann@web-1' },
      level: 'warn',
      says: [WHO, 'by hand', 'ann@web-1', 'is lost'],
    },
  ],
  login: [{ event: { event: 'login', user: 'uuuu', ...about }, level: 'debug', says: ['uuuu', 'logged in'] }],
  'limit-reached': [
    {
      event: { event: 'limit-reached', user: 'uuuu', max: 3, ended: 2, ...about },
      level: 'info',
      says: ['uuuu', '3 sessions', 'ended the oldest (2)'],
    },
    {
      event: { event: 'limit-reached', user: 'uuuu', max: 3, ended: 0, ...about },
      level: 'info',
      says: ['uuuu', '3 sessions', 'refused'],
    },
  ],
  'ended-everywhere': [
    {
      event: { event: 'ended-everywhere', user: 'uuuu', count: 4 },
      level: 'info',
      says: ['uuuu', 'all sessions', '4'],
    },
  ],
  'ended-session-met': [
    {
      event: { event: 'ended-session-met', user: 'uuuu', ...about },
      level: 'info',
      says: ['uuuu', 'new session'],
    },
  ],
  'ended-by-hand': [
    {
      event: { event: 'ended-by-hand', ...about, request: 'latchkey end by ann@web-1' },
      level: 'warn',
      says: ['by hand', 'ann@web-1'],
    },
  ],
  'lock-slow': [
    {
      event: { event: 'lock-slow', waited: 1000, holder, ...about },
      level: 'warn',
      says: ['1.0 s', WHO, 'readonly', 'HTTP'],
    },
  ],
  'session-abandoned': [
    {
      event: { event: 'session-abandoned', heldFor: 5000, ...about },
      level: 'error',
      says: ['5.0 s', 'commit()', 'release()'],
    },
  ],
  'changed-too-late': [
    { event: { event: 'changed-too-late', ...about }, level: 'error', says: ['lost', 'save()'] },
  ],
  'lock-lapsed': [
    { event: { event: 'lock-lapsed', holder, ...about }, level: 'warn', says: [WHO, 'lease', 'died'] },
  ],
  'lock-reset': [
    { event: { event: 'lock-reset', holder, ...about }, level: 'error', says: [WHO, 'disable_locking'] },
  ],
  'lock-given-up': [
    {
      event: { event: 'lock-given-up', waited: 45_000, holder, giveUp: 'proceed', ...about },
      level: 'error',
      says: ['45.0 s', WHO, 'will not be written'],
    },
    {
      event: { event: 'lock-given-up', waited: 45_000, holder: php, giveUp: 'throw', ...about },
      level: 'error',
      says: ['vm|7271 (GET shop.example/)', 'try again'],
    },
  ],
  'lock-lost': [
    {
      event: { event: 'lock-lost', heldFor: 40_000, because: 'taken', holder, ...about },
      level: 'error',
      says: ['40.0 s', `to ${WHO}`, 'not be written'],
    },
    {
      event: { event: 'lock-lost', heldFor: 4800, because: 'taken', holder: last, ...about },
      level: 'error',
      says: ['4.8 s', LAST, 'not be written'],
    },
    {
      event: { event: 'lock-lost', heldFor: 40_000, because: 'destroyed', holder: undefined, ...about },
      level: 'warn',
      says: ['40.0 s', 'destroyed or expired', 'not be written'],
    },
    {
      event: { event: 'lock-lost', heldFor: 5, because: 'taken', holder: undefined, ...about },
      level: 'error',
      says: ['5 ms', 'an unknown holder'],
    },
    {
      event: {
        event: 'lock-lost',
        heldFor: 5,
        because: 'taken',
        holder: { ...nobody, reset: true },
        ...about,
      },
      level: 'error',
      says: ['5 ms', /not be written: a program that takes no locks .* disable_locking/],
    },
  ],
  'concurrency-exceeded': [
    {
      event: { event: 'concurrency-exceeded', limit: 'session', waiters: 100, holder, ...about },
      level: 'warn',
      says: ['100 requests', WHO, 'maxConcurrency'],
    },
    {
      event: { event: 'concurrency-exceeded', limit: 'process', waiters: 9, holder, ...about },
      level: 'warn',
      says: ['9 requests', 'maxWaiting'],
    },
  ],
  'wait-aborted': [
    {
      event: { event: 'wait-aborted', waited: 999.4, ...about },
      level: 'debug',
      says: ['999 ms', 'the client left'],
    },
  ],
  'commit-refused': [], // below, one for each reason
  'conflict-retried': [
    { event: { event: 'conflict-retried', holder, ...about }, level: 'debug', says: [WHO, 'trying again'] },
  ],
  'store-failed': [
    {
      event: {
        event: 'store-failed',
        during: 'commit',
        error: storeUnavailable('Redis at x is not available.'),
        outage: true,
        ...about,
      },
      level: 'error',
      says: ['commit failed', 'may or may not', 'Redis at x is not available.', 'Check that Redis runs'],
    },
    {
      event: {
        event: 'store-failed',
        during: 'commit',
        error: new SessionError('STORE_UNAVAILABLE', 'It is not available.', { mayHaveHappened: false }),
        outage: true,
        ...about,
      },
      level: 'debug',
      says: ['commit failed and had no effect'],
    },
    {
      event: {
        event: 'store-failed',
        during: 'open',
        error: storeUnavailable('Redis at x is not available.'),
        outage: true,
        ...about,
      },
      level: 'debug',
      says: ['could not be opened', 'Redis at x is not available.'],
    },
    {
      event: {
        event: 'store-failed',
        during: 'open',
        error: new SessionError('STORE_REFUSED', 'It refuses.', {
          cause: new Error('NOPERM the Redis user lacks +hget'),
        }),
        outage: false,
        ...about,
      },
      level: 'error',
      says: ['could not be opened', '+hget', 'permissions of the Redis user'],
    },
  ],
  'record-unreadable': [
    {
      event: {
        event: 'record-unreadable',
        why: 'the payload is not valid JSON',
        keyId: undefined,
        bytes: 17,
        ...about,
      },
      level: 'error',
      says: ['17 bytes', 'not valid JSON', 'new session'],
    },
    {
      event: {
        event: 'record-unreadable',
        why: 'the payload is encrypted with the key "old", which is not in encryption.keys',
        keyId: 'old',
        bytes: 17,
        ...about,
      },
      level: 'error',
      says: ['17 bytes', '"old"', 'new session', 'Give every process the same encryption.keys'],
    },
  ],
  'old-id-used': [
    { event: { event: 'old-id-used', ...about }, level: 'warn', says: ['rotated away', 'leaked'] },
  ],
  'id-malformed': [{ event: { event: 'id-malformed', ...about }, level: 'debug', says: ['malformed'] }],
  'option-doubtful': [
    {
      event: { event: 'option-doubtful', option: 'lease', why: 'lease should be at most breakAfter' },
      level: 'warn',
      says: ['lease should be at most breakAfter'],
    },
  ],
  'compression-unavailable': [
    {
      event: {
        event: 'compression-unavailable',
        compression: 'lz4',
        why: 'lz4-napi cannot be loaded here: run "npm install lz4-napi"',
      },
      level: 'error',
      says: ['npm install lz4-napi', 'uncompressed'],
    },
  ],
  'compression-failed': [
    {
      event: { event: 'compression-failed', compression: 'gzip', why: 'no memory', ...about },
      level: 'error',
      says: ['gzip', 'no memory', 'uncompressed'],
    },
  ],
  bot: [{ event: { event: 'bot', userAgent: 'curl/8', ...about }, level: 'debug', says: ['bot detected'] }],
  'store-down': [
    { event: { event: 'store-down', why: 'ECONNREFUSED' }, level: 'error', says: ['ECONNREFUSED', '503'] },
  ],
  'store-up': [
    {
      event: { event: 'store-up', lasted: 72_400, refused: 131 },
      level: 'info',
      says: ['available again after 72.4 s', '131 requests were refused'],
    },
    { event: { event: 'store-up', lasted: 25, refused: 1 }, level: 'info', says: ['1 request was refused'] },
    { event: { event: 'store-up', lasted: 25, refused: 0 }, level: 'info', says: ['no request was refused'] },
  ],
  'session-opened': [
    {
      event: { event: 'session-opened', access: 'exclusive', isNew: false, bytes: 812, ...about },
      level: 'trace',
      says: ['exclusive', '812 bytes'],
    },
    {
      event: { event: 'session-opened', access: 'unlocked', isNew: true, bytes: 0, ...about },
      level: 'trace',
      says: ['a new session', 'unlocked'],
    },
  ],
  'lock-acquired': [
    { event: { event: 'lock-acquired', waited: 0, ...about }, level: 'trace', says: ['at once'] },
    { event: { event: 'lock-acquired', waited: 12.4, ...about }, level: 'trace', says: ['12 ms'] },
  ],
  'lock-released': [
    {
      event: { event: 'lock-released', heldFor: 40.2, because: 'committed', ...about },
      level: 'trace',
      says: ['40 ms', 'committed'],
    },
  ],
  'session-committed': [
    {
      event: { event: 'session-committed', writes: 7, bytes: 900, kept: true, ...about },
      level: 'trace',
      says: ['900 bytes', 'write 7', 'keeps the lock'],
    },
  ],
  'session-created': [
    { event: { event: 'session-created', ...about }, level: 'trace', says: ['a new session'] },
  ],
  'session-regenerated': [
    { event: { event: 'session-regenerated', ...about }, level: 'trace', says: ['a new id'] },
  ],
  'session-rotated': [{ event: { event: 'session-rotated', ...about }, level: 'trace', says: ['rotated'] }],
  'session-destroyed': [
    { event: { event: 'session-destroyed', ...about }, level: 'trace', says: ['destroyed'] },
  ],
  'store-answered': [
    {
      event: {
        event: 'store-answered',
        step: 'commit',
        took: 3.2,
        outcome: 'written',
        failed: false,
        ...about,
      },
      level: 'trace',
      says: ['commit took 3 ms', 'written'],
    },
    {
      event: { event: 'store-answered', step: 'read', took: 500, outcome: undefined, failed: true, ...about },
      level: 'trace',
      says: ['read failed after 500 ms'],
    },
  ],
  'wakes-unheard': [
    {
      event: { event: 'wakes-unheard', why: 'NOPERM' },
      level: 'warn',
      says: ['cannot subscribe', 'NOPERM', '100 ms', 'channel permissions'],
    },
  ],
}

const REFUSED: Record<CommitRefused, [level: string, ...says: string[]]> = {
  'lock-lost': ['error', WHO],
  'not-locked': ['error', 'does not hold the lock'],
  destroyed: ['warn', 'destroyed or expired'],
  moved: ['info', 'logged in'],
  conflict: ['warn', WHO],
  exists: ['error', 'genid'],
  'read-only': ['warn', 'read-only'],
  bot: ['debug', 'botAccess'],
  'too-large': ['error', 'maxSize'],
  unserializable: ['error', 'cannot be serialized', 'plain values'],
  'out-of-memory': ['error', 'maxmemory'],
  empty: ['debug', 'without data'],
}
for (const [reason, [level, ...says]] of Object.entries(REFUSED)) {
  const event: SessionEvent = { event: 'commit-refused', reason: reason as CommitRefused, holder, ...about }
  CASES['commit-refused'].push({ event, level, says: ['not written', ...says] })
}

CASES['commit-refused'].push({
  event: { event: 'commit-refused', reason: 'lock-lost', holder: last, ...about },
  level: 'error',
  says: ['not written', LAST],
})
CASES['commit-refused'].push({
  event: { event: 'commit-refused', reason: 'lock-lost', holder: { ...nobody, reset: true }, ...about },
  level: 'error',
  says: ['not written', 'takes no locks', 'disable_locking'],
})

describe.each(Object.keys(CASES) as Name[])('the event %s', name => {
  test.each(CASES[name].map(each => [each.says.join(' · '), each] as const))(
    'is one line that says %s',
    (_, { event, level, says }) => {
      const lines = linesOf(event)
      expect(lines).toHaveLength(1)
      const [line = {}] = lines
      expect(line.level).toBe(pino.levels.values[level])
      for (const words of says) expect(line.msg).toMatch(words instanceof RegExp ? words : literally(words))
    },
  )

  test('carries its fields for machines', () => {
    for (const { event } of CASES[name]) {
      const { error, ...fields } = { error: undefined, ...event }
      const [line = {}] = linesOf(event)
      expect(line).toMatchObject(JSON.parse(JSON.stringify(fields)) as object)
      if (error)
        expect(line.err).toMatchObject({ code: (error as SessionError).code, stack: expect.any(String) })
    }
  })

  test('is silent below its level', () => {
    for (const { event } of CASES[name]) expect(linesOf(event, 'silent')).toEqual([])
  })
})

function literally(words: string): RegExp {
  return new RegExp(words.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
}

test('a holder that is known in part is told as far as it is known', () => {
  const says = (from: Holder) => linesOf({ event: 'lock-lapsed', holder: from, ...about })[0]?.msg
  expect(says(nobody)).toContain('an unknown holder')
  expect(says({ ...php, request: '' })).toContain('vm|7271 (request unknown)')
  expect(says({ ...php, heldFor: 0 })).toContain('vm|7271 (GET shop.example/, for 0 ms)')
})

test('durations are told in milliseconds below a second, and in seconds from there on', () => {
  const waited = (ms: number) => linesOf({ event: 'wait-aborted', waited: ms, ...about })[0]?.msg
  expect([0.4, 999.4, 1000, 90_000].map(waited)).toEqual(
    ['0 ms', '999 ms', '1.0 s', '90.0 s'].map(time => `the client left after waiting ${time} for the lock`),
  )
  expect(waited(999.6)).toContain('1.0 s')
})

test('a session id appears nowhere, not even by way of an error of the Redis client', () => {
  // As ioredis makes them: the command with all its arguments, the key and the data among them.
  const reply = Object.assign(new Error('OOM command not allowed'), {
    command: { name: 'evalsha', args: ['abc', '3', `sess_${ID}`, `{sess_${ID}}:queue`, '{"card":"4111"}'] },
  })
  const errors = [
    storeUnavailable('Redis is not available.', reply),
    new SessionError('STORE_REFUSED', 'no', { cause: new Error('outer', { cause: reply }) }),
    new SessionError('STORE_REFUSED', 'no', { cause: new AggregateError([reply], 'all failed') }),
  ]
  for (const error of errors) {
    const text = JSON.stringify(
      linesOf({ event: 'store-failed', during: 'commit', error, outage: false, ...about }),
    )
    expect(text).not.toContain(ID)
    expect(text).not.toContain('4111')
  }
  for (const { event } of Object.values(CASES).flat())
    expect(JSON.stringify(linesOf(event))).not.toContain(ID)
})

test('what a neighbour calls its request cannot forge a line', () => {
  const forged = { ...php, request: 'GET /\n{"level":60,"msg":"forged"}' }
  expect(linesOf({ event: 'lock-lapsed', holder: forged, ...about })).toHaveLength(1)
})

describe('from the level warn on a line says what to do', () => {
  const TO_DO =
    /\b(Call|Change|Check|Commit|Find|Give|Keep|Make|Nothing to do|Open|Raise|Restart|Set|Use|catch|npm install)\b|(maxConcurrency|maxWaiting) is too low|The visitor gets a new session/i
  const lines = Object.values(CASES)
    .flat()
    .filter(({ level }) => level === 'warn' || level === 'error')
    // The reason of these says it, and comes from elsewhere.
    .filter(({ event }) => event.event !== 'option-doubtful')
  test.each(lines.map(each => [`${each.event.event}: ${each.says.join(' · ')}`, each] as const))(
    '%s',
    (_, { event }) => {
      expect(linesOf(event)[0]?.msg).toMatch(TO_DO)
    },
  )
})
