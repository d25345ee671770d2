import { breakByHand } from '../lock/by-hand.ts'
import { createLog, logEvent } from '../log.ts'
import { command, DONE, FAILED } from './command.ts'
import { atDesk } from './desk.ts'
import { findSession, SESSION } from './find-session.ts'
import { answer } from './output.ts'
import { confirmed, YES } from './question.ts'
import { doneBy, who } from './who.ts'

export const unlock = command({
  usage: 'unlock <session>',
  describe: "Breaks a session's lock: its holder cannot write any more, and the first waiter gets the lock",
  examples: [
    ['latchkey unlock kT3x0a9bQe', 'asks first'],
    ['latchkey unlock kT3x0a9bQe --yes 2>> unlocked.log', 'and keeps the log line that says who did it'],
  ],
  options: line => line.positional('session', SESSION).option('yes', YES),
  run: given =>
    atDesk(given, async desk => {
      const { name, hash } = await findSession(desk, given.session)
      const holder = (await desk.store.inspect(name))?.holder
      if (!holder) {
        answer(given.json, { session: hash, outcome: 'free' }, () => `Nobody holds the lock of ${hash}.`)
        return DONE
      }
      const question = `${who(holder)} holds the lock of ${hash}. What that request has not written will be lost. Break the lock?`
      if (!(await confirmed(question, given.yes))) return FAILED
      const request = doneBy('unlock')
      const broken = await breakByHand(desk.store, name, request)
      if (broken.outcome === 'broken') {
        const log = createLog(desk.options.logLevel, 2)
        logEvent(log, { event: 'unlocked-by-hand', holder: broken.holder, session: hash, request })
      }
      answer(given.json, { session: hash, ...broken }, () => SENTENCES[broken.outcome](hash))
      return broken.outcome === 'entering' ? FAILED : DONE
    }),
})

const SENTENCES = {
  broken: (hash: string) => `The lock of ${hash} is broken. The first waiter has it; without one it is free.`,
  entering: (hash: string) => `A PHP process is just taking the lock of ${hash}. Try again in a second.`,
  free: (hash: string) => `The lock of ${hash} was released in the meantime. Nothing was broken.`,
  changed: (hash: string) => `Another request got the lock of ${hash} in the meantime. Nothing was broken.`,
  missing: (hash: string) => `The session ${hash} ended in the meantime.`,
}
