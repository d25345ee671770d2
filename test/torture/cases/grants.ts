import { commit, killed, open, read, release, took, trouble } from '../tale.ts'
import type { Cases } from './case.ts'

/** Who holds the lock, and for what. */
export const GRANTS: Cases = {
  'a commit is counted once, however often it was sent': {
    guilty: [
      {
        told: 'a commit of which nothing is known counts for two',
        history: [
          commit('', 0, 1, ['a']),
          commit('', 2, 3, ['a', 'b'], { outcome: 'unknown' }),
          read('R', 4, 5, ['a', 'b'], { writes: 3 }),
        ],
      },
      {
        told: 'a commit is told a number that is not its own',
        history: [commit('', 0, 1, ['a'], { writes: 2 })],
      },
    ],
    innocent: [
      {
        told: 'a commit of which nothing is known counts for one',
        history: [
          commit('', 0, 1, ['a']),
          commit('', 2, 3, ['a', 'b'], { outcome: 'unknown' }),
          read('R', 4, 5, ['a', 'b']),
        ],
      },
    ],
  },
  'one grant, one commit': {
    guilty: [
      {
        told: 'a second commit after the one that unlocked',
        history: [
          commit('', 0, 1, ['a']),
          open('A', 2, 3, { reads: ['a'] }),
          commit('A', 4, 5, ['a', 'b']),
          commit('A', 6, 7, ['a', 'b', 'c']),
        ],
      },
    ],
    innocent: [
      {
        told: 'a second commit after one that kept the lock',
        history: [
          commit('', 0, 1, ['a']),
          open('A', 2, 3, { reads: ['a'] }),
          commit('A', 4, 5, ['a', 'b'], { keep: true }),
          commit('A', 6, 7, ['a', 'b', 'c']),
        ],
      },
    ],
  },
  'one holder at a time, and only the holder commits': {
    guilty: [
      {
        told: 'two have the lock, and nobody took it from the first',
        history: [open('A', 0, 1), open('B', 2, 3), release('A', 4, 5), release('B', 6, 7)],
      },
      {
        told: 'the first has committed and kept the lock',
        history: [
          commit('', 0, 1, ['a']),
          open('A', 2, 3, { reads: ['a'] }),
          commit('A', 4, 5, ['a', 'b'], { keep: true }),
          open('B', 6, 7, { reads: ['a', 'b'] }),
          release('B', 8, 9),
          release('A', 10, 11),
        ],
      },
      {
        told: 'the lock was broken, and its former holder commits',
        history: [
          commit('', 0, 1, ['a']),
          open('A', 2, 3, { reads: ['a'] }),
          open('B', 100, 4001, { reads: ['a'], looks: [101, 3900] }),
          took('B', 4000, 'A'),
          release('B', 4800, 4801),
          commit('A', 4900, 4901, ['a', 'b']),
        ],
      },
    ],
    innocent: [
      {
        told: 'the second was granted it when the first let go',
        history: [open('A', 0, 1), open('B', 2, 6, { looks: [3] }), release('A', 4, 5), release('B', 7, 8)],
      },
      {
        told: 'a commit that was to keep the lock was refused, which gives it back',
        history: [
          commit('', 0, 1, ['a']),
          open('A', 2, 3, { reads: ['a'] }),
          commit('A', 4, 7, ['a', 'b'], { keep: true, outcome: 'refused' }),
          open('B', 5, 6, { reads: ['a'] }),
          release('B', 8, 9),
        ],
      },
      {
        told: 'the lock was broken, and its former holder is refused',
        history: [
          commit('', 0, 1, ['a']),
          open('A', 2, 3, { reads: ['a'] }),
          open('B', 100, 4001, { reads: ['a'], looks: [101, 3900] }),
          took('B', 4000, 'A'),
          commit('A', 4900, 4901, ['a', 'b'], { outcome: 'refused' }),
          release('B', 5000, 5001),
        ],
      },
      {
        told: 'who broke it died before it could say so',
        history: [
          open('A', 0, 1),
          open('B', 2, 4002, { looks: [3] }),
          trouble('kill', 3900, 4000),
          release('A', 5000, 5001),
        ],
      },
    ],
  },
  'a lock is broken by one waiter': {
    guilty: [
      {
        told: 'two take the lock of one',
        history: [
          open('A', 0, 1),
          open('B', 2, 4001, { outcome: 'aborted', looks: [3] }),
          open('C', 2, 4001, { outcome: 'aborted', looks: [3] }),
          took('B', 4000, 'A'),
          took('C', 4000.5, 'A'),
        ],
      },
    ],
    innocent: [
      {
        told: 'the server came back with an old copy, in which the lock was held still',
        history: [
          open('A', 0, 1),
          took('B', 4000, 'A'),
          trouble('restart', 4500, 4600, 'rollback'),
          took('B', 5000, 'A'),
          release('A', 5100, 5101),
        ],
      },
      {
        told: 'the lock was granted again to one that had lost it before it came',
        history: [
          open('A', 0, 5400, { looks: [1, 2001] }),
          took('B', 2000, 'A', 'lapsed'),
          took('C', 5500, 'A', 'lapsed'),
          release('A', 5600, 5601),
        ],
      },
    ],
  },
  'no healthy holder is broken': {
    guilty: [
      { told: 'broken before breakAfter', history: [open('A', 0, 1), took('B', 2000, 'A')] },
      { told: 'lapsed before its lease was over', history: [open('A', 0, 1), took('B', 900, 'A', 'lapsed')] },
    ],
    innocent: [
      { told: 'broken after breakAfter', history: [open('A', 0, 1), took('B', 3001, 'A')] },
      { told: 'its process is dead', history: [open('A', 0, 1), killed('w1', 10), took('B', 20, 'A')] },
      {
        told: 'the clock of Redis jumped',
        history: [open('A', 0, 1), trouble('a clock that jumps', 10, 20), took('B', 15, 'A', 'lapsed')],
      },
      {
        told: 'it asked once more after the other had asked, who was told late that the lock was taken',
        history: [open('A', 0, 3100, { looks: [3000] }), took('B', 3001, 'A', 'lapsed', 2999)],
      },
    ],
  },
}
