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
    ],
    innocent: [
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
