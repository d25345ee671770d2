// Each takes one mend out of the scripts. The explorer must find what that breaks.
import { type TextOf, type Transition, transitionText } from '../../src/redis/scripts.ts'
import { replaced } from './redis.ts'

export interface Mutant {
  name: string
  /** The scene that shows it, by its name. */
  scene: string
  /** What the explorer says then. */
  broken: RegExp
  changes: { script: Transition; from: string; to: string }[]
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'a commit sent again hands on its own data',
    scene: 'one of whose answers',
    broken: /was written, and is lost/,
    changes: [
      {
        script: 'commit',
        from: `return {'written', int(writes), state_text(), '', '', neighbour()}`,
        to: `return {'written', int(writes), state_text(), neighbour(), '', ''}`,
      },
    ],
  },
  {
    name: 'a kept commit whose lock was broken is answered lock-lost when it is sent again',
    scene: 'keep their lock',
    broken: /is answered lock-lost, and was written/,
    changes: [
      {
        script: 'commit',
        from: `if exists and string.find(r.ids .. ' '`,
        to: `if exists and not (ARGV[11] == '1' and not mine) and string.find(r.ids .. ' '`,
      },
    ],
  },
  {
    name: 'that a commit was written is inferred from the version',
    scene: 'an optimistic commit',
    broken: /is answered written, and was not/,
    changes: [
      {
        script: 'commit',
        from: `if exists and string.find(r.ids .. ' ', ' ' .. id .. ' ', 1, true) then`,
        to: `if exists and (ARGV[12] == '1' and version > base or string.find(r.ids .. ' ', ' ' .. id .. ' ', 1, true)) then`,
      },
    ],
  },
  {
    name: 'a commit sent again answers the version of now',
    scene: 'an unlocked commit',
    broken: /is answered version/,
    changes: [
      {
        script: 'commit',
        from: `mode == 'unlocked' and version or`,
        to: `mode ~= 'create' and version or`,
      },
    ],
  },
  {
    name: 'a commit overlooks the tombstone',
    scene: 'another one under its name',
    broken: /wrote to a session that has ended/,
    changes: [
      {
        script: 'commit',
        from: `elseif not exists then\n`,
        to: `elseif r.kind == 'gone' then\n  bury_nothing()\nelseif not exists then\n`,
      },
    ],
  },
  {
    name: 'a creating commit overlooks the tombstone',
    scene: 'another one under its name',
    broken: /created a session that has just ended/,
    changes: [{ script: 'commit', from: `if r.kind == 'gone' then return refused('destroyed') end`, to: '' }],
  },
  {
    name: 'the lives of a record are not told apart',
    scene: 'another one under its name',
    broken: /wrote to another session of the same name/,
    changes: [
      {
        script: 'commit',
        from: `elseif r.born ~= (base_born == '' and '-' or base_born) and (base_born ~= '' or version == base) then`,
        to: `elseif false then`,
      },
    ],
  },
  {
    name: 'a waiter of the session before commits to the new one, whose lock it was granted',
    scene: 'begins anew',
    broken: /wrote to another session of the same name/,
    changes: [
      {
        script: 'commit',
        from: `if base_born ~= '' and r.born ~= base_born then return gives_back('destroyed') end`,
        to: '',
      },
    ],
  },
  {
    name: 'a login ends what is not its own any more',
    scene: 'loses its lock',
    broken: /ended the session without the lock/,
    changes: [
      {
        script: 'destroy',
        from: `return refused('lock-lost')\n  elseif expected == 'opt`,
        to: `expected = ''\n  elseif expected == 'opt`,
      },
    ],
  },
  {
    name: 'the old id does not say where a session goes on that was rotated',
    scene: 'a rotation',
    broken: /after a rotation|is not told where it goes on/,
    changes: [
      {
        script: 'destroy',
        from: `local old = pointer ~= '' and pointer or readable`,
        to: 'local old = readable',
      },
    ],
  },
  {
    name: 'a logout with the old id is not told where the session goes on',
    scene: 'a rotation',
    broken: /is not told where it goes on/,
    changes: [{ script: 'destroy', from: `wake_waiters(), '', on or ''}`, to: `wake_waiters(), '', ''}` }],
  },
  {
    name: 'an end that is sent again is refused because of its own tombstone',
    scene: 'loses its lock',
    broken: /ended the session before, and is answered/,
    changes: [{ script: 'destroy', from: `if r.kind == 'gone' and r.pid == me then`, to: 'if false then' }],
  },
  {
    name: 'the lock is broken of whom the breaker did not name',
    scene: 'leave, break locks',
    broken: /ended the hold of|had not watched it/,
    changes: [
      {
        script: 'acquire',
        from: `local named = break_token ~= '' and break_token == r.pid and`,
        to: `local named = break_token ~= '' and`,
      },
    ],
  },
  {
    name: 'an optimistic commit takes the lapsed lock of a holder of its own process',
    scene: 'an optimistic commit',
    broken: /ended the hold of .*, which was lapsed/,
    changes: [
      { script: 'commit', from: `or (r.pid ~= me and nonce_of(r.pid) == my_nonce) then`, to: 'then' },
    ],
  },
  {
    name: 'a waiter takes the lapsed lock of a holder of its own process',
    scene: 'leave, break locks',
    broken: /ended the hold of .*, which was lapsed/,
    changes: [
      {
        script: 'acquire',
        from: `(r.damaged or named or nonce_of(r.pid) ~= my_nonce)`,
        to: 'true',
      },
    ],
  },
  {
    name: 'the lock is handed on past the first in the queue',
    scene: 'leave, break locks',
    broken: /came before it|waits for it/,
    changes: [
      {
        script: 'commit',
        from: `    if deadline <= now() then return 'drop' end\n    local nonce = nonce_of(token)`,
        to: `    if deadline <= now() then return 'drop' end\n    if n == r.queue.head and r.queue.count > 1 then return 'keep' end\n    local nonce = nonce_of(token)`,
      },
    ],
  },
  {
    name: 'a waiter that leaves keeps the lock it was just granted',
    scene: 'leave, break locks',
    broken: /the lock stands with/,
    changes: [
      {
        script: 'leave',
        from: `local held, token, more = is_mine(), '', ''`,
        to: `local held, token, more = is_mine() and not r.untaken, '', ''`,
      },
    ],
  },
  {
    name: 'a PHP process that has not signed yet is taken for one that died',
    scene: 'PHP beside two writers',
    broken: /a PHP process that had not signed yet/,
    changes: [
      {
        script: 'acquire',
        from: `if r.lease == 0 then return 'entering' end`,
        to: `if r.lease == 0 then return 'lapsed' end`,
      },
    ],
  },
  {
    name: 'a waiter takes up its grant with the data of an earlier one',
    scene: 'late',
    broken: /was written, and is lost/,
    changes: [{ script: 'renew', from: `if ARGV[6] ~= '' and`, to: 'if false and' }],
  },
  {
    name: 'a commit with the data of an earlier grant is refused only until its own process hands it the lock',
    scene: 'hands the lock on',
    broken: /was written, and is lost/,
    changes: [
      { script: 'commit', from: 'if claims and version ~= base', to: 'if r.untaken and version ~= base' },
    ],
  },
  {
    name: 'a waiter that left is still counted',
    scene: 'leave, break locks',
    broken: /the queue counts 1, and 0 wait/,
    changes: [{ script: 'leave', from: 'r.queue.count = r.queue.count - #numbers', to: '' }],
  },
  {
    name: 'a session is created without an end',
    scene: 'one of whose answers',
    broken: /the key never expires/,
    changes: [
      {
        script: 'commit',
        from: `redis.call('PEXPIRE', record, int(limit_ttl(ttl, absolute)))\n\nlocal token`,
        to: 'local token',
      },
    ],
  },
  {
    name: 'the time that is left to PHP never ends',
    scene: 'PHP beside a writer that comes back',
    broken: /a request never ends/,
    changes: [
      { script: 'acquire', from: 'if tonumber(to) > now() then add(', to: 'if true then add(' },
      {
        script: 'acquire',
        from: 'local opens = first.from <= now() + held',
        to: 'local opens = first.from <= now() + held + 600',
      },
    ],
  },
]

export function mutated({ changes }: Mutant): TextOf {
  return name =>
    changes
      .filter(({ script }) => script === name)
      .reduce((text, { from, to }) => replaced(text, from, to), transitionText(name))
}
