/** One of the two processes of question d: `hand.mjs NAME --redis URL`. Takes a session's lock when told, and gives it on. */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { contestant } from './contestants/index.mjs'
import { answer } from './rpc.mjs'

const { values, positionals } = parseArgs({
  options: { redis: { type: 'string' } },
  allowPositionals: true,
})
const { hands } = await (await contestant(positionals[0])).open(values.redis)
let held
let taking

// The monotonic clock of the machine, in ms: the same in every process, and nobody sets it.
const now = () => Number(process.hrtime.bigint()) / 1e6

answer({
  create: ({ id, data }) => hands.create(id, data),
  /** Asks for the lock, and answers at once. */
  want({ id }) {
    taking = hands.take(id).then(taken => {
      held = taken
      return now()
    })
  },
  /** When it had the data in hand, and what they say. */
  async had() {
    const at = await taking
    return { at, count: held.data.count }
  },
  /** Holds on for a while, counts, and commits. @returns when it began to commit */
  async commit({ after }) {
    await sleep(after)
    held.data.count += 1
    const at = now()
    await held.commit()
    return at
  },
})
process.once('disconnect', () => process.exit())
process.send({ ready: true })
