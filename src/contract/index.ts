import { acquiring } from './acquire.ts'
import { breaking } from './break.ts'
import { committing } from './commit.ts'
import { committingAgain } from './commit-again.ts'
import { destroying } from './destroy.ts'
import { handingOn } from './hand-on.ts'
import { lifetimes } from './lifetime.ts'
import { queueing } from './queue.ts'
import { records } from './record.ts'
import { renewing } from './renew.ts'
import { type Promised, Stage, type World } from './stage.ts'
import { touching } from './touch.ts'
import { userIndexes } from './users.ts'

export type { Epochs, Indexed, Reservation, Reserved, UserIndex } from '../store/user-index.ts'
export type {
  Acquired,
  Ask,
  Committed,
  Destroyed,
  Expected,
  Found,
  Gone,
  HandedOn,
  Held,
  Inspected,
  Lease,
  Lost,
  NotAsExpected,
  RefusedBecause,
  Release,
  Released,
  Renewed,
  Tombstone,
  Took,
  Touch,
  Waiter,
  Write,
} from '../store.ts'
export type { World } from './stage.ts'

/**
 * What every store keeps, as tests for any runner. `makeWorld` is called once for each, and its `close` when it is over.
 *
 *     for (const { name, run } of storeContract(makeWorld)) test(name, run)
 *
 * A test fails by rejecting with an AssertionError. None takes longer than some seconds, most only milliseconds.
 */
export function storeContract(makeWorld: () => Promise<World>): {
  /** What is promised. */
  name: string
  /** Rejects with an AssertionError if the store does not keep it. */
  run: () => Promise<void>
}[] {
  return PROMISES.map(({ name, run }) => ({
    name,
    run: async () => {
      const world = await makeWorld()
      try {
        await run(new Stage(world))
      } finally {
        await world.close()
      }
    },
  }))
}

const PROMISES: Promised[] = [
  ...acquiring,
  ...queueing,
  ...breaking,
  ...committing,
  ...committingAgain,
  ...handingOn,
  ...renewing,
  ...touching,
  ...lifetimes,
  ...destroying,
  ...records,
  ...userIndexes,
]
