// A waiter's table: each state, with each thing that it may have noted, and each event.
import { describe, expect, test } from '@jest/globals'
import { type Act, ASKING, type Event, next, type State, type Told } from '../../src/lock/waiter.ts'
import { FOUND } from './support.ts'

const lock = { handed: FOUND, claims: false }
const later = { handed: { ...FOUND, writes: 9 }, claims: true }

const told = (what: Told): Event => ({ event: 'told', what })
const queued: Event = { event: 'queued' }
const sleeps: Event = { event: 'sleep', ms: 300 }
const breaks: Event = { event: 'break', because: 'dead' }
const givesUp: Event = { event: 'give-up' }
const looks: Event = { event: 'look' }
const due: Event = { event: 'due' }
const dead: Event = { event: 'dead' }

const state = (is: State['is'], note?: Told): State => (note === undefined ? { is } : { is, note })
const over = state('over')
const asleep = state('asleep')
const decide: Act = { act: 'decide' }
const ask: Act = { act: 'ask' }
const take = (what: typeof lock): Act => ({ act: 'take', lock: what })
const refuse = (why: 'aborted' | 'crowded'): Act => ({ act: 'refuse', why })

type Row = [before: State, event: Event, after: State, act?: Act]

/** Every state, with every note, and the events that can happen to it: `next` must know these, and no others. */
const TABLE: Row[] = [
  // Asking its first question, or a later one.
  [state('asking'), queued, state('deciding'), decide],
  [state('asking', 'look'), queued, state('deciding', 'look'), decide],
  [state('asking', lock), queued, state('deciding', lock), decide],
  [state('asking', 'aborted'), queued, state('deciding', 'aborted'), decide],
  [state('asking', 'crowded'), queued, state('deciding', 'crowded'), decide],
  [state('looking'), queued, state('deciding'), decide],
  [state('looking', 'look'), queued, state('deciding', 'look'), decide],
  // It may have lost again what it was handed meanwhile: only another answer tells.
  [state('looking', lock), queued, state('looking'), ask],
  [state('looking', 'aborted'), queued, state('deciding', 'aborted'), decide],
  [state('looking', 'crowded'), queued, state('deciding', 'crowded'), decide],

  // What was decided.
  [state('deciding'), sleeps, asleep, { act: 'sleep', ms: 300 }],
  [state('deciding', 'look'), sleeps, state('looking'), ask],
  [state('deciding', lock), sleeps, over, take(lock)],
  [state('deciding', 'aborted'), sleeps, over, refuse('aborted')],
  [state('deciding', 'crowded'), sleeps, over, refuse('crowded')],
  [state('deciding'), looks, state('looking'), ask],
  [state('deciding', 'look'), looks, state('looking', 'look'), ask],
  [state('deciding', lock), looks, over, take(lock)],
  [state('deciding', 'aborted'), looks, state('looking', 'aborted'), ask],
  [state('deciding', 'crowded'), looks, state('looking', 'crowded'), ask],
  ...[undefined, 'look', lock, 'aborted', 'crowded'].flatMap((note): Row[] => [
    [
      state('deciding', note as Told),
      breaks,
      state('looking', note as Told),
      { act: 'break', because: 'dead' },
    ],
    [state('deciding', note as Told), givesUp, over, { act: 'give-up' }],
  ]),

  // Asleep.
  [asleep, told('look'), state('looking'), ask],
  [asleep, told(lock), over, take(lock)],
  [asleep, told('aborted'), over, refuse('aborted')],
  [asleep, told('crowded'), over, refuse('crowded')],
  [asleep, due, state('looking'), ask],
  [asleep, dead, state('deciding'), decide],

  // What it is told while it is awake is noted: an end is for good, and a lock outlasts a hint.
  ...(['asking', 'looking', 'deciding'] as const).flatMap((is): Row[] => [
    [state(is), told('look'), state(is, 'look')],
    [state(is), told(lock), state(is, lock)],
    [state(is), told('aborted'), state(is, 'aborted')],
    [state(is), told('crowded'), state(is, 'crowded')],
    [state(is, 'look'), told('look'), state(is, 'look')],
    [state(is, 'look'), told(lock), state(is, lock)],
    [state(is, 'look'), told('aborted'), state(is, 'aborted')],
    [state(is, lock), told('look'), state(is, lock)],
    [state(is, lock), told(later), state(is, later)],
    [state(is, lock), told('aborted'), state(is, 'aborted')],
    [state(is, 'aborted'), told('look'), state(is, 'aborted')],
    [state(is, 'aborted'), told(lock), state(is, 'aborted')],
    [state(is, 'crowded'), told(lock), state(is, 'crowded')],
    [state(is, 'crowded'), told('aborted'), state(is, 'aborted')],
  ]),

  // Over.
  ...[told('look'), told(lock), told('aborted'), told('crowded'), due, dead].map(
    (event): Row => [over, event, over],
  ),
]

const named = ({ is, note }: State) =>
  note === undefined ? is : `${is}, having noted ${typeof note === 'object' ? 'a lock' : note}`
const eventNamed = (event: Event) =>
  event.event === 'told' ? `told ${typeof event.what === 'object' ? 'of its lock' : event.what}` : event.event

test.each(TABLE.map(row => [`${named(row[0])} · ${eventNamed(row[1])}`, row] as const))(
  '%s',
  (_, [before, event, after, act]) => {
    const [reached, does] = next(before, event)
    expect([reached.is, reached.note, does]).toEqual([after.is, after.note, act])
  },
)

describe('the table is whole', () => {
  const states = ['asking', 'looking', 'deciding', 'asleep'] as const
  const events = [told('look'), queued, sleeps, breaks, givesUp, looks, due, dead]

  test('what is not in it cannot happen', () => {
    for (const is of states) {
      for (const event of events) {
        const known = TABLE.some(([before, { event: name }]) => before.is === is && name === event.event)
        if (!known) expect(() => next(state(is), event)).toThrow(`cannot be ${event.event}`)
        else expect(() => next(state(is), event)).not.toThrow()
      }
    }
  })

  test('every state but the end is left by an event, and can be reached from the first', () => {
    const reached = new Set<State['is']>([ASKING.is])
    for (let size = 0; size < reached.size; ) {
      size = reached.size
      for (const [before, , after] of TABLE) if (reached.has(before.is)) reached.add(after.is)
    }
    expect([...reached].sort()).toEqual(['asking', 'asleep', 'deciding', 'looking', 'over'])
    for (const is of states) {
      expect(TABLE.some(([before, , after]) => before.is === is && after.is !== is)).toBe(true)
    }
  })
})
