/** What the commit that creates a record says of its session for as long as the record lives. */
export interface Origin {
  /** The session has got a new id, after so many writes and touches under the old one. */
  rung?: number | undefined
  /** Who has logged in, as `UserMark` has it. */
  user?: string | undefined
}

/** `random.seq#number`: names a commit among all of all processes. With a `rung`, `+rung` follows, and `~user` with a user. */
export function commitId(token: string, number: number, { rung, user }: Origin = {}): string {
  const follows = rung === undefined ? '' : `+${Math.min(rung, HIGHEST)}`
  return `${requestOf(token)}#${number}${follows}${user ? `~${user}` : ''}`
}

/** Whether this commit is one of this token's. */
export function isCommitOf(id: string | undefined, token: string): boolean {
  return id?.startsWith(`${requestOf(token)}#`) ?? false
}

function requestOf(token: string): string {
  return /[^|-]*$/.exec(token)?.[0] ?? ''
}

/** The ladder of lifetimes ends below. */
const HIGHEST = 9

/** The `rung` of the commit that created a record; undefined where its session began under this id. */
export function rungOf(born: string): number | undefined {
  const rung = /#\d+\+(\d)(~|$)/.exec(born)?.[1]
  return rung === undefined ? undefined : Number(rung)
}

/** The `user` of the commit that created a record; undefined where nobody has logged in. */
export function userOf(born: string): string | undefined {
  const at = born.indexOf('~')
  return at < 0 ? undefined : born.slice(at + 1)
}
