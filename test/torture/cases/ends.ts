import type { AtRest } from '../rules/rule.ts'
import { commit, destroy, open, read, trouble } from '../tale.ts'
import type { Cases } from './case.ts'

const AT_REST: (Partial<AtRest[number]> & { told: string; fields: Record<string, string> })[] = [
  { told: 'a lock', fields: { lock: '1', pid: 'h|1|n.1' } },
  { told: 'a lease', fields: { lock: '0', state: '1 1764000000000 1764000000000 ' } },
  { told: 'a PHP waiter', fields: { lock: '0', wait: '1' } },
  { told: 'no end', ttl: -1, fields: { lock: '0' } },
  { told: 'a waiter', fields: {}, waiters: ['h|1|n.1 9999999999999 GET /'] },
  { told: 'a key of nobody', known: false, fields: {} },
]

/** What is gone, and what is left. */
export const ENDS: Cases = {
  'no destroyed session comes back': {
    guilty: [
      {
        told: 'it is read after its destroy',
        history: [commit('', 0, 1, ['a']), destroy('D', 2, 3), read('R', 4, 5, ['a'])],
      },
      {
        told: 'a commit from before the destroy lands after it',
        history: [
          commit('', 0, 1, ['a']),
          open('A', 2, 3, { reads: ['a'] }),
          destroy('D', 4, 5),
          commit('A', 6, 7, ['a', 'b']),
        ],
      },
      {
        told: 'it outlives the data of the server',
        history: [commit('', 0, 1, ['a']), trouble('restart', 2, 3, 'all'), read('R', 4, 5, ['a'])],
      },
    ],
    innocent: [
      {
        told: 'it was begun anew',
        history: [
          commit('', 0, 1, ['a']),
          destroy('D', 2, 3),
          commit('', 4, 5, ['b']),
          read('R', 6, 7, ['b']),
        ],
      },
      {
        told: 'the read began before the destroy was answered',
        history: [commit('', 0, 1, ['a']), destroy('D', 2, 5), read('R', 4, 6, ['a'])],
      },
      {
        told: 'the server came back with an old copy',
        history: [
          commit('', 0, 1, ['a']),
          trouble('restart', 1.5, 10, 'rollback'),
          destroy('D', 2, 3),
          read('R', 11, 12, ['a']),
        ],
      },
    ],
  },
  'at rest nothing is held, nobody waits, every key ends': {
    guilty: AT_REST.map(({ told, ...over }) => ({
      told,
      history: [],
      rest: [{ key: 'k', session: 'a-session', known: true, ttl: 1000, waiters: [], ...over }],
    })),
    innocent: [
      {
        told: 'a record that is free, and a tombstone',
        history: [],
        rest: [
          {
            key: 'k',
            session: 'a-session',
            known: true,
            ttl: 1000,
            fields: { lock: '0', writes: '3' },
            waiters: [],
          },
          {
            key: 'd',
            session: 'a-session',
            known: true,
            ttl: 1000,
            fields: { gone: 'destroyed 1 0', lock: '0' },
            waiters: [],
          },
        ],
      },
    ],
  },
}
