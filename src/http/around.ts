import { asRequestOf } from '../own-request.ts'
import type { Ended, Visit } from './visit.ts'

/**
 * Runs a handler as the whole of a visit: its session ends with it, whatever happens. What the handler throws stores the changes
 * too, as a redirect that is thrown must, and comes out afterwards.
 *
 * @param ended hears how the session has ended, before this returns or throws
 * @throws what the handler throws, or else what the end of the session does
 */
export async function around<T>(
  visit: Visit,
  handler: () => T | Promise<T>,
  ended: (ended: Ended) => void,
): Promise<T> {
  let result: T
  try {
    result = await asRequestOf(() => visit.opened, handler)
  } catch (error) {
    await visit.end().then(ended, told)
    visit.freeze()
    throw error
  }
  ended(await visit.end())
  visit.freeze()
  return result
}

/** By an event. */
function told(): void {}
