import { commit, destroy, killed, lived, open, read, release, took, trouble } from '../tale.ts'
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
      {
        told: 'an old copy came back before what it was made from was written',
        history: [
          trouble('restart', 0, 1, 'rollback'),
          commit('', 2, 3, ['a']),
          commit('', 4, 5, ['a', 'b'], { writes: 3 }),
        ],
      },
    ],
    innocent: [
      {
        told: 'between two commits of one grant an old copy came back, and others build on them',
        history: [
          commit('', 0, 1, ['a']),
          open('A', 2, 3, { reads: ['a'] }),
          commit('A', 4, 5, ['a', 'b'], { keep: true }),
          trouble('restart', 3.5, 6, 'rollback'),
          commit('A', 7, 8, ['a', 'b', 'c'], { writes: 2 }),
          read('R', 9, 10, ['a', 'b', 'c'], { writes: 2 }),
          commit('', 11, 12, ['a', 'b', 'c', 'd'], { writes: 3 }),
          read('S', 13, 14, ['a', 'b', 'c', 'd'], { writes: 3 }),
        ],
      },
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
        told: 'an old copy came back, in which its lock was held still',
        history: [
          commit('', 0, 1, ['a']),
          open('A', 2, 3, { reads: ['a'] }),
          commit('A', 4, 5, ['a', 'b']),
          trouble('restart', 3.5, 5.5, 'rollback'),
          commit('A', 6, 7, ['a', 'b', 'c'], { writes: 2 }),
        ],
      },
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
        told: 'one that was refused, for too many wait, came before the lease can have lapsed',
        history: [
          open('A', 0, 1),
          open('B', 2, 503, { looks: [3] }),
          open('C', 2, 700, { outcome: 'aborted', looks: [3] }),
          open('D', 501, 502, { outcome: 'busy' }),
          release('B', 504, 505),
          release('A', 506, 507),
        ],
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
        told: 'the process of the first was killed with the lock, and of who took it there is no word',
        history: [open('A', 0, 1, { process: 'w2' }), killed('w2', 2), open('B', 3, 4), release('B', 5, 6)],
      },
      {
        told: 'one that was refused, for too many wait, found the lease lapsed',
        history: [
          open('A', 0, 1),
          open('B', 900, 1103, { looks: [901] }),
          open('C', 900, 1300, { outcome: 'aborted', looks: [901] }),
          open('D', 1101, 1102, { outcome: 'busy' }),
          release('B', 1104, 1105),
          release('A', 1106, 1107),
        ],
      },
      {
        told: 'an optimistic commit found the lease lapsed',
        history: [
          commit('', 0, 1, ['a']),
          open('A', 2, 3, { reads: ['a'] }),
          commit('', 1100, 1101, ['a', 'b'], { mode: 'optimistic' }),
          open('B', 1102, 1103, { reads: ['a', 'b'] }),
          release('B', 1104, 1105),
          release('A', 1106, 1107),
        ],
      },
      {
        told: 'a destroy of which nothing is known took the lock with it',
        history: [
          destroy('D', 0, 1, { outcome: 'unknown' }),
          open('A', 2, 5),
          open('B', 6, 7),
          release('B', 8, 9),
          release('A', 10, 11),
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
      {
        told: 'two take the lock of one whose process has died',
        history: [
          open('A', 0, 1, { process: 'w2' }),
          killed('w2', 2),
          took('B', 10, 'A'),
          took('C', 11, 'A'),
        ],
      },
    ],
    innocent: [
      {
        told: 'one that lost its lock before it came asked again on its own, and was told late',
        history: [
          open('A', 0, 3600, { looks: [1] }),
          took('B', 2010, 'A', 'lapsed', 2000),
          took('C', 3500, 'A', 'lapsed'),
          release('A', 3700, 3701),
        ],
      },
      {
        told: 'it was back with the old copy before the first could say that it had taken it',
        history: [
          open('A', 0, 1),
          trouble('restart', 4000, 4100, 'rollback'),
          took('B', 4200, 'A', 'broken', 3999),
          took('C', 4300, 'A'),
          release('A', 5100, 5101),
        ],
      },
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
      {
        told: 'its process ended by itself, and later',
        history: [open('A', 0, 1), took('B', 2000, 'A'), lived('w1', 2001, 'ended')],
      },
      {
        told: 'its process stood still for less than breakAfter',
        history: [
          open('A', 0, 1),
          lived('w1', 10, 'stopped'),
          took('B', 2000, 'A'),
          lived('w1', 2100, 'continued'),
        ],
      },
    ],
    innocent: [
      { told: 'broken after breakAfter', history: [open('A', 0, 1), took('B', 3001, 'A')] },
      { told: 'its process is dead', history: [open('A', 0, 1), killed('w1', 10), took('B', 20, 'A')] },
      {
        told: 'its process has ended by itself',
        history: [open('A', 0, 1), lived('w1', 10, 'ended'), took('B', 20, 'A')],
      },
      {
        told: 'an old copy brought an old lease back',
        history: [
          trouble('restart', 100, 700, 'rollback'),
          open('A', 0, 1300, { looks: [500] }),
          took('B', 1200, 'A', 'lapsed'),
        ],
      },
      {
        told: 'it was asked for before the lock was taken, and answered after that',
        history: [
          open('A', 0, 2900, { looks: [{ asked: 2000, at: 2600 }] }),
          took('B', 2510, 'A', 'lapsed', 2500),
        ],
      },
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
