import { refusalOf } from './session/outcome.ts'
import { asRequestOf } from './session/own-request.ts'
import type { Session } from './session.ts'

/** Lets `work` have a session that was opened for it, and ends it whatever happens. */
export async function use<T, D extends object>(
  session: Session<D>,
  work: (session: Session<D>) => T | Promise<T>,
  maxAge: number | undefined,
): Promise<T> {
  let result: T
  let running = true
  try {
    result = await asRequestOf(
      () => (running ? session : null),
      () => work(session),
    )
  } catch (error) {
    running = false
    // That it failed is told by an event; the caller hears of its own failure.
    await session.release().catch(() => {})
    throw error
  }
  running = false
  if (isChanged(session)) {
    const error = refusalOf(await session.commit({ maxAge }))
    if (error) throw error
  } else await session.release()
  return result
}

function isChanged({ data, text, isDestroyed }: Session<object>): boolean {
  if (isDestroyed) return false
  const { serializer, source = serializer.empty } = text
  const now = text.of(data)
  // Of what has no text the commit says what is wrong with it.
  return now === undefined || !serializer.isSame(now, source)
}
