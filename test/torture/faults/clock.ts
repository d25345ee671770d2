import { moveTimes } from '../layout.ts'
import type { Single } from '../topologies/single.ts'
import type { Fault } from './fault.ts'

/**
 * Redis's clock jumps. A clock of one's own is not to be had for one server, so everything that it measures is moved the
 * other way in one step: leases, ages and deadlines in records and queues, and the lives of keys.
 */
function jump(seconds: number): Fault<Single> {
  return {
    name: `a clock that jumps ${Math.abs(seconds)} s ${seconds < 0 ? 'back' : 'ahead'}`,
    async strike(lab) {
      await lab.trouble(this.name, undefined, () => moveTimes(lab.topology.server.admin, -seconds * 1000))
      return true
    },
  }
}

/** A holder's lease and a waiter's patience end before and after this. */
export const CLOCK_FAULTS: Fault<Single>[] = [jump(3), jump(30), jump(-3), jump(-30)]
