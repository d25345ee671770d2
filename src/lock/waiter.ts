import type { Found } from '../store.ts'
import type { Decision } from './decide.ts'

/**
 * One waiter: a request that asks for a lock, as a state machine. Pure: an event comes in, the next state and an act come out.
 * It reads neither store nor clock; what time says comes in as a decision (`decide`).
 *
 * STATES  asking    its first question is on its way, which gives it its place in the queue
 *         deciding  it knows how the lock stands, and what to do next is being decided
 *         looking   it has its place, and another question is on its way
 *         asleep    until it is told something, or its time is over
 *         over      it waits no more
 *
 * TABLE   next state · act; what cannot happen is left out
 *
 *                   asking             looking            deciding           asleep
 *   told            itself, noted      itself, noted      itself, noted      look: looking · ask
 *                                                                            handed: over · take
 *                                                                            aborted, crowded: over · refuse
 *   queued          deciding · decide  deciding · decide
 *                                      handed: looking · ask
 *   sleep                                                 asleep · sleep; with a note, as if told it asleep
 *   break                                                 looking · break
 *   give-up                                               over · give-up
 *   look                                                  looking · ask
 *                                                         handed: over · take
 *   due                                                                      looking · ask
 *   dead                                                                     deciding · decide
 *
 * PROMISES  1. What a waiter is told while it is not asleep is noted, and not lost. An end is for good, and a lock that was
 *              handed over outlasts a hint to look.
 *           2. A lock that was handed over while a later question was on its way may be lost again, perhaps with the whole
 *              record: the waiter asks once more. Behind its first question there is no such doubt.
 *           3. One that is over acts no more.
 */
export function next(state: State, event: Event): readonly [State, Act | undefined] {
  if (state.is === 'over') return [OVER, undefined]
  const rule = TABLE[state.is][event.event] as Rule<never> | undefined
  if (!rule) throw new Error(`a waiter that is ${state.is} cannot be ${event.event}`)
  return rule(state.note, event as never)
}

export interface State {
  readonly is: 'asking' | 'looking' | 'deciding' | 'asleep' | 'over'
  /** What it was told while it was not asleep. */
  readonly note?: Told | undefined
}

/** What others tell a waiter: the lock itself, a reason to look, that its client has gone, or that too many wait in this process. */
export type Told = Handed | 'look' | 'aborted' | 'crowded'

/** The lock with the data. `claims`: it is granted for a moment, and must be claimed. */
export interface Handed {
  handed: Found
  claims: boolean
}

export type Event =
  | { event: 'told'; what: Told }
  /** The store has answered that somebody else has the lock. */
  | { event: 'queued' }
  | Decision
  /** Decided: it asks at once. */
  | { event: 'look' }
  /** It has slept as long as was decided. */
  | { event: 'due' }
  /** The holder's process was seen dead meanwhile. */
  | { event: 'dead' }

export type Act =
  | { act: 'decide' }
  | { act: 'sleep'; ms: number }
  | { act: 'ask' }
  | { act: 'break'; because: Because }
  | { act: 'give-up' }
  | { act: 'take'; lock: Handed }
  | { act: 'refuse'; why: 'aborted' | 'crowded' }

export const ASKING: State = { is: 'asking' }

type Because = Extract<Decision, { event: 'break' }>['because']
type Rule<E extends Event['event']> = (
  note: Told | undefined,
  event: Extract<Event, { event: E }>,
) => readonly [State, Act | undefined]
type Row = { readonly [E in Event['event']]?: Rule<E> }

const OVER: State = { is: 'over' }
const ASK = { act: 'ask' } as const
const DECIDE = { act: 'decide' } as const

const noted =
  (is: State['is']): Rule<'told'> =>
  (note, { what }) => [{ is, note: weightier(note, what) }, undefined]

const TABLE: Record<Exclude<State['is'], 'over'>, Row> = {
  asking: {
    told: noted('asking'),
    queued: note => [{ is: 'deciding', note }, DECIDE],
  },
  looking: {
    told: noted('looking'),
    queued: note => (isLock(note) ? [{ is: 'looking' }, ASK] : [{ is: 'deciding', note }, DECIDE]),
  },
  deciding: {
    told: noted('deciding'),
    sleep: (note, { ms }) => (note === undefined ? [{ is: 'asleep' }, { act: 'sleep', ms }] : woken(note)),
    break: (note, { because }) => [
      { is: 'looking', note },
      { act: 'break', because },
    ],
    'give-up': () => [OVER, { act: 'give-up' }],
    look: note => (isLock(note) ? woken(note) : [{ is: 'looking', note }, ASK]),
  },
  asleep: {
    told: (_, { what }) => woken(what),
    due: () => woken('look'),
    dead: () => [{ is: 'deciding' }, DECIDE],
  },
}

function woken(told: Told): readonly [State, Act] {
  if (told === 'look') return [{ is: 'looking' }, ASK]
  return [OVER, isLock(told) ? { act: 'take', lock: told } : { act: 'refuse', why: told }]
}

function weightier(note: Told | undefined, told: Told): Told {
  if (isEnd(told) || note === undefined) return told
  return isEnd(note) || told === 'look' ? note : told
}

function isLock(told: Told | undefined): told is Handed {
  return typeof told === 'object'
}

function isEnd(told: Told): boolean {
  return told === 'aborted' || told === 'crowded'
}
