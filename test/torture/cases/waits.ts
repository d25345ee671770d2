import { killed, lived, open, release, took, trouble } from '../tale.ts'
import type { Cases } from './case.ts'

/** Who waits, and for how long. */
export const WAITS: Cases = {
  'waiters are served in order of arrival': {
    guilty: [
      {
        told: 'one that came later is served first',
        history: [
          open('A', 0, 9, { looks: [1] }),
          open('B', 2, 5, { looks: [3] }),
          release('B', 6, 7),
          release('A', 10, 11),
        ],
      },
      {
        told: 'its lock was taken from it only after that',
        history: [
          open('A', 0, 9, { looks: [1] }),
          open('B', 2, 5, { looks: [3] }),
          release('B', 6, 7),
          took('C', 5009, 'A', 'lapsed'),
        ],
      },
    ],
    innocent: [
      {
        told: 'its turn came first, and it did not come for it in time',
        history: [
          open('A', 0, 5200, { looks: [1] }),
          open('B', 2, 5000, { looks: [3] }),
          took('B', 4900, 'A', 'lapsed'),
          release('B', 5100, 5101),
          release('A', 5300, 5301),
        ],
      },
      {
        told: 'the other came before this one knew its place',
        history: [
          open('A', 0, 9, { looks: [3] }),
          open('B', 2, 5, { looks: [3] }),
          release('B', 6, 7),
          release('A', 10, 11),
        ],
      },
      {
        told: 'this one could not be heard',
        history: [
          trouble('connection cut', 1, 2),
          open('A', 0, 9, { looks: [1] }),
          open('B', 2, 5, { looks: [3] }),
          release('B', 6, 7),
          release('A', 10, 11),
        ],
      },
    ],
  },
  'waits are bounded': {
    guilty: [
      { told: 'longer than all patience', history: [open('A', 0, 5600, { outcome: 'gave-up' })] },
      {
        told: 'and the last fault was long ago',
        history: [trouble('SIGSTOP', 100, 200), open('A', 1300, 7000, { outcome: 'gave-up' })],
      },
    ],
    innocent: [
      { told: 'as long as all patience', history: [open('A', 0, 5400, { outcome: 'gave-up' })] },
      {
        told: 'longer, for it began while a fault was felt still',
        history: [trouble('SIGSTOP', 100, 200), open('A', 300, 6000, { outcome: 'gave-up' })],
      },
      {
        told: 'longer, for its process stood still',
        history: [trouble('SIGSTOP', 100, 4000), open('A', 0, 7000, { outcome: 'gave-up' })],
      },
    ],
  },
  'every call is answered': {
    guilty: [
      {
        told: 'a call of a living process hangs',
        history: [open('A', 0, 1, { unanswered: true }), open('B', 9000, 9001, { session: 'another' })],
      },
      {
        told: 'its process ended, and had not answered',
        history: [open('A', 0, 1, { unanswered: true }), lived('w1', 5, 'ended')],
      },
      {
        told: 'it hung for long before its process was killed',
        history: [open('A', 0, 1, { unanswered: true }), killed('w1', 9000)],
      },
      {
        told: 'an error that has no name',
        history: [open('A', 0, 1, { outcome: 'error', why: 'TypeError' })],
      },
    ],
    innocent: [
      {
        told: 'its process was killed',
        history: [
          open('A', 0, 1, { unanswered: true }),
          killed('w1', 5),
          open('B', 9000, 9001, { session: 'another', process: 'w2' }),
        ],
      },
    ],
  },
  'no process ends by itself': {
    guilty: [
      {
        told: 'an error that nobody caught',
        history: [open('A', 0, 1), release('A', 2, 3), lived('w1', 5, 'crashed')],
      },
    ],
    innocent: [
      {
        told: 'it was killed, and another was asked to end',
        history: [open('A', 0, 1), killed('w1', 5), lived('w2', 6, 'ended')],
      },
    ],
  },
  'nobody is refused while there is room in the queue': {
    guilty: [
      {
        told: 'one waits, and two may',
        history: [open('A', 0, 500, { looks: [1] }), open('B', 250, 251, { outcome: 'busy' })],
      },
      {
        told: 'the others have been refused, or are served by now',
        history: [
          open('A', 0, 200, { looks: [1] }),
          open('C', 240, 240.5, { outcome: 'busy' }),
          open('E', 240, 500, { outcome: 'aborted' }),
          open('B', 250, 251, { outcome: 'busy' }),
        ],
      },
      {
        told: 'the others have left long ago',
        history: [
          open('A', 0, 500, { outcome: 'aborted' }),
          open('C', 0, 500, { outcome: 'aborted' }),
          open('B', 4000, 4001, { outcome: 'busy' }),
        ],
      },
      {
        told: 'an old copy of the queue came back long ago',
        history: [trouble('an old copy', 0, 100, 'rollback'), open('B', 6200, 6201, { outcome: 'busy' })],
      },
    ],
    innocent: [
      {
        told: 'two wait',
        history: [
          open('A', 0, 500, { outcome: 'aborted' }),
          open('C', 0, 500, { outcome: 'aborted' }),
          open('B', 250, 251, { outcome: 'busy' }),
        ],
      },
      {
        told: 'the others left while Redis could not be told, and are not forgotten yet',
        history: [
          trouble('connections cut', 400, 600),
          open('A', 0, 500, { outcome: 'unavailable' }),
          open('C', 0, 500, { outcome: 'aborted' }),
          open('B', 4000, 4001, { outcome: 'busy' }),
        ],
      },
      {
        told: 'an old copy of the queue came back, and its waiters are not forgotten yet',
        history: [trouble('an old copy', 0, 100, 'rollback'), open('B', 5000, 5001, { outcome: 'busy' })],
      },
    ],
  },
}
