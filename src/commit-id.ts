/** `random.seq#number`: names a commit among all of all processes. With a `rung`, `+rung` follows. */
export function commitId(token: string, number: number, rung?: number): string {
  const follows = rung === undefined ? '' : `+${Math.min(rung, HIGHEST)}`
  return `${/[^|-]*$/.exec(token)?.[0]}#${number}${follows}`
}

/** The ladder of lifetimes ends below. */
const HIGHEST = 9

/** The `rung` of the commit that created a record; undefined where its session began under this id. */
export function rungOf(born: string): number | undefined {
  const rung = /#\d+\+(\d)$/.exec(born)?.[1]
  return rung === undefined ? undefined : Number(rung)
}
