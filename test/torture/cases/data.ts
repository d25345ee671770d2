import { commit, destroy, killed, open, read, trouble } from '../tale.ts'
import type { Cases } from './case.ts'

/** What is stored. */
export const DATA: Cases = {
  'no update is lost': {
    guilty: [
      {
        told: 'two commits after the same one',
        history: [
          commit('', 0, 1, ['a']),
          open('A', 2, 3, { access: 'optimistic', outcome: 'read', reads: ['a'] }),
          open('B', 2, 3, { access: 'optimistic', outcome: 'read', reads: ['a'] }),
          commit('A', 4, 5, ['a', 'b'], { mode: 'optimistic' }),
          commit('B', 4, 6, ['a', 'c'], { mode: 'optimistic' }),
        ],
      },
      {
        told: 'what was reported written is not there later',
        history: [commit('', 0, 1, ['a']), commit('', 2, 3, ['a', 'b']), read('R', 4, 5, ['a'])],
      },
      {
        told: 'the session is gone, and nobody destroyed it',
        history: [commit('', 0, 1, ['a']), open('R', 4, 5, { outcome: 'missing' })],
      },
      {
        told: 'another session is in its place, and nobody destroyed it',
        history: [
          commit('', 0, 1, ['a']),
          commit('', 0, 9, ['b'], { outcome: 'unknown' }),
          read('R', 4, 5, ['b']),
        ],
      },
      {
        told: 'it was gone again after a destroy that was answered before it was begun',
        history: [
          commit('', 0, 1, ['a']),
          destroy('D', 2, 3),
          commit('', 4, 5, ['b']),
          open('R', 6, 7, { outcome: 'missing' }),
        ],
      },
      {
        told: 'what was reported written after the old copy was back is not there later',
        history: [
          commit('', 0, 1, ['a']),
          commit('', 1, 2, ['a', 'b']),
          commit('', 2, 3, ['a', 'b', 'c']),
          trouble('restart', 1.5, 3.5, 'rollback'),
          commit('', 4, 5, ['a', 'd']),
          read('R', 6, 7, ['a']),
        ],
      },
    ],
    innocent: [
      {
        told: 'a read that began before the commit was answered',
        history: [commit('', 0, 1, ['a']), commit('', 2, 5, ['a', 'b']), read('R', 4, 6, ['a'])],
      },
      {
        told: 'the other commit was refused',
        history: [
          commit('', 0, 1, ['a']),
          commit('', 4, 5, ['a', 'b'], { mode: 'optimistic' }),
          commit('', 4, 6, ['a', 'c'], { mode: 'optimistic', outcome: 'refused' }),
        ],
      },
      {
        told: 'a destroy whose process died may have happened',
        history: [
          commit('', 0, 1, ['a']),
          destroy('D', 2, 3, { process: 'w2', unanswered: true }),
          killed('w2', 3),
          open('R', 4, 5, { outcome: 'missing' }),
        ],
      },
      {
        told: 'a destroy of which nothing is known may happen later',
        history: [
          commit('', 0, 1, ['a']),
          destroy('D', 1, 2, { outcome: 'unknown' }),
          commit('', 3, 4, ['a', 'b']),
          open('R', 5, 6, { outcome: 'missing' }),
        ],
      },
      {
        told: 'the server came back without its data',
        history: [
          commit('', 0, 1, ['a']),
          trouble('restart', 2, 3, 'all'),
          open('R', 4, 5, { outcome: 'missing' }),
        ],
      },
    ],
  },
  'nothing is written that was reported refused': {
    guilty: [
      {
        told: 'a refused commit is read',
        history: [
          commit('', 0, 1, ['a']),
          commit('', 2, 3, ['a', 'b'], { mode: 'optimistic', outcome: 'refused' }),
          read('R', 4, 5, ['a', 'b']),
        ],
      },
      {
        told: 'it is read after the data were lost, and after it was refused',
        history: [
          commit('', 0, 1, ['a']),
          trouble('restart', 3, 4, 'all'),
          commit('', 2, 6, ['a', 'b'], { outcome: 'refused' }),
          read('R', 7, 8, ['a', 'b']),
        ],
      },
      {
        told: 'it is read while it is under way, and nothing was lost until it was refused',
        history: [
          commit('', 0, 1, ['a']),
          commit('', 2, 6, ['a', 'b'], { outcome: 'refused' }),
          read('R', 3, 4, ['a', 'b']),
          trouble('restart', 7, 8, 'all'),
        ],
      },
      {
        told: 'it is there after an old copy came back, and was refused before that',
        history: [
          commit('', 0, 1, ['a']),
          commit('', 2, 3, ['a', 'b'], { mode: 'optimistic', outcome: 'refused' }),
          trouble('restart', 4, 5, 'rollback'),
          read('R', 6, 7, ['a', 'b']),
        ],
      },
    ],
    innocent: [
      {
        told: 'it ran and was seen, was lost with the data, and refused when it was sent again',
        history: [
          commit('', 0, 1, ['a']),
          open('A', 1, 2, { reads: ['a'] }),
          commit('A', 2, 6, ['a', 'b'], { outcome: 'refused' }),
          read('R', 2.5, 3, ['a', 'b']),
          trouble('restart', 4, 5, 'all'),
        ],
      },
      {
        told: 'it ran and was seen, was evicted, and refused when it was sent again',
        history: [
          commit('', 0, 1, ['a']),
          commit('', 2, 6, ['a', 'b'], { mode: 'optimistic', outcome: 'refused' }),
          read('R', 2.5, 3, ['a', 'b']),
          trouble('eviction', 4, 5, 'some'),
        ],
      },
      {
        told: 'a replica without it was promoted and refused it, while its old master was read still',
        history: [
          commit('', 0, 1, ['a']),
          trouble('a master cut off', 1.5, 9, 'rollback'),
          commit('', 2, 6, ['a', 'b'], { mode: 'optimistic', outcome: 'refused' }),
          read('R', 7, 8, ['a', 'b']),
        ],
      },
      {
        told: 'it ran, was destroyed and refused when it was sent again, and came back with an old copy',
        history: [
          commit('', 0, 1, ['a']),
          trouble('restart', 1, 9, 'rollback'),
          commit('', 2, 6, ['a', 'b'], { mode: 'optimistic', outcome: 'refused' }),
          destroy('D', 3, 4),
          read('R', 10, 11, ['a', 'b']),
        ],
      },
      {
        told: 'a commit of which nothing is known is read',
        history: [
          commit('', 0, 1, ['a']),
          commit('', 2, 3, ['a', 'b'], { mode: 'optimistic', outcome: 'unknown' }),
          read('R', 4, 5, ['a', 'b']),
        ],
      },
    ],
  },
  'what is read was written as a whole': {
    guilty: [{ told: 'a list that nobody wrote', history: [read('R', 4, 5, ['a', 'x'], { torn: true })] }],
    innocent: [
      { told: 'a list as it was written', history: [commit('', 0, 1, ['a']), read('R', 4, 5, ['a'])] },
    ],
  },
}
