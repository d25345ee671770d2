import { setTimeout as pause } from 'node:timers/promises'
import type { Lab } from '../lab.ts'
import { LIMITS } from '../lab.ts'
import { holderOf, recordOf, waiterOf } from '../layout.ts'
import type { Single } from '../topologies/single.ts'
import type { Topology } from '../topologies/topology.ts'
import type { Place } from '../workers.ts'
import { type Fault, placeOf, seek } from './fault.ts'

type Find<T extends Topology> = (lab: Lab<T>, hurt: (place: Place) => void) => Promise<Place | undefined>

/** A process that holds a lock of a hot session. */
const holder: Find<Topology> = async (lab, hurt) => {
  const place = await seek(async () => {
    const id = await lab.hotId()
    return placeOf(lab, await holderOf(await lab.topology.masterOf(recordOf(id)), id))
  })
  if (place) hurt(place)
  return place
}

/** A process that is in a queue. */
const waiter: Find<Topology> = async (lab, hurt) => {
  const place = await seek(async () => {
    const id = await lab.hotId()
    return placeOf(lab, await waiterOf(await lab.topology.masterOf(recordOf(id)), id))
  })
  if (place) hurt(place)
  return place
}

/** A process to which a message is on its way that says it has the lock. The message does not arrive. */
const handed: Find<Single> = async (lab, hurt) => {
  let hit: Place | undefined
  const { wires } = lab.topology
  for (const [n, wire] of wires.entries()) {
    const place = lab.places[n] as Place
    wire.onWake = () => {
      if (hit) return hit !== place
      hit = place
      hurt(place)
      return false
    }
  }
  await seek(() => hit)
  for (const wire of wires) wire.onWake = undefined
  return hit
}

function kill<T extends Topology>(name: string, find: Find<T>): Fault<T> {
  return {
    name: `kill -9 of ${name}`,
    async strike(lab) {
      let hit = false
      await lab.trouble(this.name, undefined, async () => {
        let dying: Promise<void> | undefined
        const place = await find(lab, found => {
          dying = found.kill()
        })
        await dying
        hit = place !== undefined
        await place?.start()
      })
      return hit
    },
  }
}

function stop<T extends Topology>(name: string, ms: number, find: Find<T>): Fault<T> {
  return {
    name: `SIGSTOP of ${name}`,
    async strike(lab) {
      let hit = false
      await lab.trouble(this.name, undefined, async () => {
        const place = await find(lab, found => found.stop())
        hit = place !== undefined
        if (place) await pause(ms)
        place?.continue()
      })
      return hit
    },
  }
}

const PAST_LEASE_MS = LIMITS.lease * 1.3
const PAST_BREAK_MS = LIMITS.breakAfter * 1.2

export const PROCESS_FAULTS: Fault[] = [
  kill('a holder', holder),
  kill('a waiter', waiter),
  stop('a holder for longer than its lease', PAST_LEASE_MS, holder),
  stop('a holder for longer than breakAfter', PAST_BREAK_MS, holder),
  stop('a waiter for longer than breakAfter', PAST_BREAK_MS, waiter),
]

export const HANDED_FAULTS: Fault<Single>[] = [
  kill('a process just handed the lock', handed),
  stop('a process just handed the lock', PAST_LEASE_MS, handed),
]
