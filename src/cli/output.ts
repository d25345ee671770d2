/** The answer of a command: text for people, or the same as JSON. */
export function answer(json: boolean, value: unknown, text: () => string): void {
  process.stdout.write(json ? `${JSON.stringify(value, null, 2)}\n` : `${text()}\n`)
}

/** Milliseconds: often enough to be seen moving. */
const PAUSE = 100
const BAR = 24

/**
 * A line on a terminal that says how far a long step is; nothing elsewhere.
 *
 * @param total how much there is to do, for a bar; 0 where that is not known
 */
export function createProgress(total = 0, screen: NodeJS.WriteStream = process.stderr) {
  let last = Number.NEGATIVE_INFINITY
  return {
    /** @param done of `total` */
    show(done: number, what: string): void {
      if (!screen.isTTY || performance.now() - last < PAUSE) return
      last = performance.now()
      const share = total === 0 ? 0 : Math.min(done / total, 1)
      const full = Math.round(BAR * share)
      const bar =
        total === 0 ? '' : `${'█'.repeat(full)}${'░'.repeat(BAR - full)} ${Math.round(100 * share)} %  `
      screen.write(`\r\x1b[K${`${bar}${what}`.slice(0, (screen.columns || 80) - 1)}`)
    },
    clear(): void {
      if (screen.isTTY && last > 0) screen.write('\r\x1b[K')
    },
  }
}
