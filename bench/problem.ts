/** Wrong use, or a world that is not as it should be: one sentence for stderr, no stack trace. */
export class Problem extends Error {
  override readonly name = 'Problem'
}

/** Not asked with instanceof: Node's own errors are of another realm inside a vm context. */
export function messageOf(error: unknown): string {
  return (error as Error | undefined)?.message ?? String(error)
}

/** What the system says of a file, without the call and the path that Node adds. */
export function systemSays(error: unknown): string {
  return messageOf(error)
    .replace(/, \w+ '.*/s, '')
    .replace(/, \w+$/, '')
}
