import { setTimeout as pause } from 'node:timers/promises'
import { TRANSITIONS, type Transition } from '../../../src/redis/scripts.ts'
import type { Single } from '../topologies/single.ts'
import type { Moment } from '../wire.ts'
import type { Fault } from './fault.ts'

/** Rare transitions take their time to come by. */
const PATIENCE_MS = 1500

function cut(moment: Moment, transition: Transition): Fault<Single> {
  return {
    name: `connection cut ${moment === 'before-command' ? 'before the command' : 'before the reply'} of ${transition}`,
    async strike(lab) {
      let hit = false
      await lab.trouble(this.name, undefined, async () => {
        const wire = lab.random.pick(lab.topology.wires)
        hit = await wire.cutAt(moment, transition, PATIENCE_MS)
      })
      return hit
    },
  }
}

const subscriberCut: Fault<Single> = {
  name: "the subscriber's connection cut",
  async strike(lab) {
    await lab.trouble(this.name, undefined, async () => lab.random.pick(lab.topology.wires).cut('wakes'))
    return true
  },
}

const allCut: Fault<Single> = {
  name: 'all connections of a process cut',
  async strike(lab) {
    await lab.trouble(this.name, undefined, async () => lab.random.pick(lab.topology.wires).cut('all'))
    return true
  },
}

const wakeLost: Fault<Single> = {
  name: 'wake-ups lost',
  async strike(lab) {
    let lost = 0
    await lab.trouble(this.name, undefined, async () => {
      const wire = lab.random.pick(lab.topology.wires)
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

export const WIRE_FAULTS: Fault<Single>[] = [
  ...TRANSITIONS.flatMap(name => [cut('before-command', name), cut('before-reply', name)]),
  subscriberCut,
  allCut,
  wakeLost,
]
