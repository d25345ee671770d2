import { asRequestOf } from '../session/own-request.ts'
import type { Ended } from './ended.ts'
import type { Visit } from './visit.ts'

/**
 * Runs a handler as the whole of a visit: its session ends with it, whatever happens. What the handler throws stores the changes
 * too, as a redirect that is thrown must, and comes out afterwards.
 *
 * @param ended hears how the session has ended, before this returns or throws
 * @param failed what to return, or throw, where the session could not be stored. An error of the handler goes before it
 * @param isMute whether no cookie can go with what was thrown
 * @throws what the handler throws
 */
export async function around<T>(
  visit: Visit,
  handler: () => T | Promise<T>,
  ended: (ended: Ended) => void,
  failed: (error: unknown) => T | Promise<T> = rethrown,
  isMute: (thrown: unknown) => boolean = () => false,
): Promise<T> {
  let result: T | undefined
  let thrown: { value: unknown } | undefined
  try {
    result = await asRequestOf(() => visit.opened, handler)
  } catch (value) {
    thrown = { value }
  }
  try {
    ended(await visit.end({ mute: thrown !== undefined && isMute(thrown.value) }))
  } catch (error) {
    if (!thrown || isAnswer(thrown.value)) return failed(error)
  } finally {
    visit.freeze()
  }
  if (thrown) throw thrown.value
  return result as T
}

/** A `Response` that is thrown, or an error that means a redirect: without its changes it would tell of what is not so. */
function isAnswer(thrown: unknown): boolean {
  return !(thrown instanceof Error) || Number((thrown as { status?: unknown }).status ?? 500) < 400
}

function rethrown(error: unknown): never {
  throw error
}
