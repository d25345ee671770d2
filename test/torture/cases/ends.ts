import type { AtRest } from '../rules/rule.ts'
import { commit, destroy, open, read, trouble } from '../tale.ts'
import type { Cases } from './case.ts'

const RESTING: AtRest[number] = {
  key: 'k', session: 'a-session', ttl: 1000, holder: '', leased: false, waiters: [], phpWaiters: 0, fields: { lock: '0' },
} // biome-ignore format: one glance

const AT_REST: (Partial<AtRest[number]> & { told: string })[] = [
  { told: 'a lock', holder: 'h|1|n.1', leased: true },
  { told: 'a lease', leased: true },
  { told: 'a PHP waiter', phpWaiters: 1 },
  { told: 'no end', ttl: -1 },
  { told: 'a waiter', waiters: ['w1.1/1'] },
  { told: 'a key of nobody', session: '' },
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
        told: 'it has another id, and somebody commits by the old one',
        history: [
          commit('', 0, 1, ['a']),
          open('A', 2, 3, { access: 'optimistic', outcome: 'read', reads: ['a'] }),
          destroy('D', 4, 5, { moves: true }),
          commit('A', 6, 7, ['a', 'b'], { mode: 'optimistic' }),
        ],
      },
      {
        told: 'it has had another id for long, and is read by the old one',
        history: [commit('', 0, 1, ['a']), destroy('D', 2, 3, { moves: true }), read('R', 1004, 1005, ['a'])],
      },
      {
        told: 'it outlives the data of the server',
        history: [commit('', 0, 1, ['a']), trouble('restart', 2, 3, 'all'), read('R', 4, 5, ['a'])],
      },
      {
        told: 'its creating commit, sent again, lands after the destroy',
        history: [
          commit('', 0, 7, ['a']),
          read('R', 1, 2, ['a']),
          destroy('D', 3, 4),
          read('S', 5, 6, ['a']),
        ],
      },
    ],
    innocent: [
      {
        told: 'it has had another id since a moment ago, and is read by the old one',
        history: [commit('', 0, 1, ['a']), destroy('D', 2, 3, { moves: true }), read('R', 4, 5, ['a'])],
      },
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
        told: 'its creating commit, sent again, lands on a server that has lost its data',
        history: [
          commit('', 0, 7, ['a']),
          read('R', 1, 2, ['a']),
          trouble('restart', 3, 4, 'all'),
          read('S', 5, 6, ['a']),
        ],
      },
      {
        told: 'its creating commit, sent again, lands where nothing tells of the destroy any more',
        history: [
          commit('', 0, 9, ['a']),
          read('R', 1, 2, ['a']),
          destroy('D', 3, 4),
          trouble('eviction', 5, 6, 'some'),
          read('S', 7, 8, ['a']),
        ],
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
      rest: [{ ...RESTING, ...over }],
    })),
    innocent: [{ told: 'a record that is free', history: [], rest: [RESTING] }],
  },
}
