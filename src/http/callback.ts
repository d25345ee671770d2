export type Done = (error?: unknown) => void

/**
 * Calls back once. What the callback throws is the application's own and comes out as an uncaught exception, as from any
 * callback, instead of as a rejection or as a second call.
 */
export function callBack<T>(promise: Promise<T>, done: (error?: unknown, value?: T) => void): void {
  promise.then(value => done(null, value), done).catch(throwUncaught)
}

export function throwUncaught(error: unknown): void {
  process.nextTick(() => {
    throw error
  })
}
