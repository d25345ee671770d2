import { createSessions, type OptionsInput, type Sessions } from '../../../src/index.ts'
import { PATIENT, visitAsBots, waitInLine } from '../crowds.ts'
import { FILLER } from '../layout.ts'
import type { Single } from '../topologies/single.ts'
import type { Fault } from './fault.ts'

/** A crowd that comes by way of another handler, once a round, while the others go on. */
function crowd(
  name: string,
  options: OptionsInput,
  come: (sessions: Sessions) => Promise<unknown>,
): Fault<Single> {
  return {
    name,
    async strike(lab) {
      await lab.trouble(name, undefined, async () => {
        const redis = { ...lab.topology.redisOf(), commandTimeout: 10 }
        const sessions = await createSessions({ ...options, redis, prefix: FILLER, logLevel: 'silent' })
        try {
          await come(sessions)
        } finally {
          await sessions.close({ grace: 0 })
        }
      })
      return true
    },
  }
}

const WAITERS = 10_000
const BOTS = 100_000

export const CROWD_FAULTS: Fault<Single>[] = [
  crowd('a queue of 10,000 waiters', PATIENT, async sessions => {
    const { counted, unknown } = await waitInLine(sessions, WAITERS)
    if (counted > WAITERS || counted + unknown < WAITERS) {
      throw new Error(`${counted} of ${WAITERS} waiters had their turn, and ${unknown} of them had no answer`)
    }
  }),
  crowd('100,000 sessions opened by bots', {}, sessions => visitAsBots(sessions, BOTS)),
]
