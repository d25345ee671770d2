/** `random.seq#number`: names a commit among all of all processes. With a `rung`, `+rung` follows. */
export function commitId(token: string, number: number, rung?: number): string {
  const follows = rung === undefined ? '' : `+${Math.min(rung, HIGHEST)}`
  return `${requestOf(token)}#${number}${follows}`
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
  const rung = /#\d+\+(\d)$/.exec(born)?.[1]
  return rung === undefined ? undefined : Number(rung)
}
