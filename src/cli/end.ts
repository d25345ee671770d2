import { createRegistry } from '../codec/registry.ts'
import { assemble } from '../create.ts'
import { createLog, logEvent } from '../log.ts'
import { command, DONE, FAILED, Failure } from './command.ts'
import { atDesk } from './desk.ts'
import { findSession, SESSION } from './find-session.ts'
import { answer } from './output.ts'
import { confirmed, YES } from './question.ts'
import { duration } from './units.ts'
import { doneBy, who } from './who.ts'

export const end = command({
  usage: 'end <session>',
  describe: 'Ends a session, as a logout does: its visitor starts a new one',
  examples: [
    ['latchkey end kT3x0a9bQe', 'asks first'],
    ['latchkey end kT3x0a9bQe --yes --json', 'from a script'],
  ],
  options: line => line.positional('session', SESSION).option('yes', YES),
  run: given =>
    atDesk(given, async desk => {
      const { name, hash, glance } = await findSession(desk, given.session)
      if (glance.kind === 'ended') throw new Failure(`the session ${hash} has ended already.`)
      const { session } = glance
      if (!session) throw new Failure(`${hash} is no session of Latchkey (${glance.kind}): it is left alone.`)
      const written = glance.written == null ? '' : `, last written ${duration(glance.written)} ago`
      const held = session.holder ? ` ${who(session.holder)} has it open and cannot write any more.` : ''
      const question = `The session ${hash}${written}, and all its data will be gone.${held} End it?`
      if (!(await confirmed(question, given.yes))) return FAILED
      const log = createLog(desk.options.logLevel, 2)
      const sessions = assemble(desk.options, createRegistry(), { store: desk.store, logger: log })
      const existed = await sessions.end(name)
      const request = doneBy('end')
      if (existed) logEvent(log, { event: 'ended-by-hand', session: hash, request })
      answer(given.json, { session: hash, ended: existed }, () =>
        existed ? `The session ${hash} has ended.` : `The session ${hash} was gone in the meantime.`,
      )
      return DONE
    }),
})
