import { setTimeout as pause } from 'node:timers/promises'
import { TRANSITIONS, type Transition } from '../../../src/redis/scripts.ts'
import type { Moment } from '../wire.ts'
import type { Fault } from './fault.ts'

/** Rare transitions take their time to come by. */
const PATIENCE_MS = 1500

function cut(moment: Moment, transition: Transition): Fault {
  return {
    name: `connection cut ${moment === 'before-command' ? 'before the command' : 'before the reply'} of ${transition}`,
    async strike(lab) {
      let hit = false
      await lab.trouble(this.name, undefined, async () => {
        const wire = lab.random.pick(lab.places).wire
        hit = await wire.cutAt(moment, transition, PATIENCE_MS)
      })
      return hit
    },
  }
}

const subscriberCut: Fault = {
  name: "the subscriber's connection cut",
  async strike(lab) {
    await lab.trouble(this.name, undefined, async () => lab.random.pick(lab.places).wire.cut('wakes'))
    return true
  },
}

const allCut: Fault = {
  name: 'all connections of a process cut',
  async strike(lab) {
    await lab.trouble(this.name, undefined, async () => lab.random.pick(lab.places).wire.cut('all'))
    return true
  },
}

const wakeLost: Fault = {
  name: 'wake-ups lost',
  async strike(lab) {
    let lost = 0
    await lab.trouble(this.name, undefined, async () => {
      const { wire } = lab.random.pick(lab.places)
      wire.onWake = () => {
        lost += 1
        return false
      }
      await pause(lab.random.between(50, 600))
      wire.onWake = undefined
    })
    return lost > 0
  },
}

export const WIRE_FAULTS: Fault[] = [
  ...TRANSITIONS.flatMap(name => [cut('before-command', name), cut('before-reply', name)]),
  subscriberCut,
  allCut,
  wakeLost,
]
