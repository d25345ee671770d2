import { describe, expect, test } from '@jest/globals'
import { loadOptions } from '../../src/config/load.ts'
import type { Problem } from '../../src/config/option-error.ts'
import type { OptionsInput } from '../../src/config/options.ts'
import { eventsNamed, watchedSessions } from '../support/sessions.ts'
import { refusal } from './support.ts'

function doubtsOf(options: OptionsInput, environment: NodeJS.ProcessEnv = {}): string[] {
  const told: Problem[] = []
  loadOptions(options, environment, {}, undefined, problem => told.push(problem))
  return told.map(({ message }) => message)
}

describe('options that do what nobody expects of them are told, and work', () => {
  test.each<[OptionsInput, NodeJS.ProcessEnv, string]>([
    [
      { lease: 60 },
      {},
      'lease: expected at most breakAfter, got lease 60 (the code) and breakAfter 30 (the default): a waiter breaks the lock before the lease ends. Lower lease or raise breakAfter',
    ],
    [
      { breakAfter: '5s' },
      { LATCHKEY_LEASE: '15s' },
      'lease: expected at most breakAfter, got lease 15s (LATCHKEY_LEASE) and breakAfter 5s (the code): a waiter breaks the lock before the lease ends. Lower lease or raise breakAfter',
    ],
    [
      { lifetime: 30 },
      {},
      'lifetime: expected at least minLifetime, got lifetime 30 (the code) and minLifetime 60 (the default): sessions get minLifetime. Raise lifetime or lower minLifetime',
    ],
    [
      { warnAfter: 60 },
      {},
      'warnAfter: expected less than breakAfter + failAfter, got warnAfter 60 (the code), breakAfter 30 (the default) and failAfter 15 (the default): no request waits that long, so the warning never comes. Lower warnAfter',
    ],
    [
      { rotateAfter: '1h', locking: false },
      {},
      'rotateAfter: expected 0 without locking, got rotateAfter 1h (the code): only a request that holds the lock gives its session a new id, and none does. Leave locking on, or call session.rotate',
    ],
    [
      { redis: { url: 'redis://h', tls: true } },
      {},
      'redis.url: expected rediss:// where redis.tls is given, got redis:// (the code): the connection uses TLS. Write rediss://, or leave redis.tls out',
    ],
  ])('%j', (options, environment, message) => {
    expect(doubtsOf(options, environment)).toEqual([message])
  })

  test.each<OptionsInput>([
    {},
    { breakAfter: 5 },
    { rotateAfter: 10 },
    { lease: 30 },
    { maxLifetime: 3600 },
    { minLifetime: 172_800 },
    { lifetime: 60 },
    { warnAfter: 0, breakAfter: 0.1, failAfter: 0 },
    { rotateAfter: '1h' },
    { rotateAfter: 30 },
    { locking: false },
    { redis: { url: 'rediss://h', tls: true } },
  ])('none in %j', options => {
    expect(doubtsOf(options)).toEqual([])
  })

  test('as an event and a line of the log', async () => {
    const { sessions, events, lines } = await watchedSessions({ store: 'memory', lease: 60 })
    const [doubt] = eventsNamed(events, 'option-doubtful')
    expect(doubt).toMatchObject({ option: 'lease', why: expect.stringContaining('Lower lease') })
    expect(lines.at(-1)).toMatchObject({ level: 40, event: 'option-doubtful', msg: doubt?.why })
    await sessions.close({ grace: 0 })
  })
})

describe('a lifetime that no session can get is refused', () => {
  test.each<[OptionsInput, string]>([
    [
      { lifetime: '60d' },
      'lifetime: expected at most maxLifetime, got lifetime 60d (the code) and maxLifetime 2592000 (the default): raise maxLifetime or lower lifetime',
    ],
    [
      { botLifetime: 7200, maxLifetime: 3600 },
      'botLifetime: expected at most maxLifetime, got botLifetime 7200 (the code) and maxLifetime 3600 (the code): raise maxLifetime or lower botLifetime',
    ],
    [
      { firstLifetime: '31d' },
      'firstLifetime: expected at most maxLifetime, got firstLifetime 31d (the code) and maxLifetime 2592000 (the default): raise maxLifetime or lower firstLifetime',
    ],
  ])('%j', (options, message) => {
    expect(refusal(options).message).toBe(message)
  })
})
