/** What `process.stderr` gives. */
export interface Screen {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  write(text: string): unknown
}

/** A bar on a terminal, and nothing elsewhere. */
export interface Progress {
  /** @param share of the work that is done, 0 to 1 */
  show(share: number, what: string): void
  clear(): void
}

const BAR = 24
/** Milliseconds: often enough to be seen moving, and seldom enough to cost nothing. */
const PAUSE = 80

export function createProgress(screen: Screen, now: () => number = () => performance.now()): Progress {
  if (!screen.isTTY) return { show() {}, clear() {} }
  let last = Number.NEGATIVE_INFINITY
  let shown = false
  return {
    show(share, what) {
      if (now() - last < PAUSE) return
      last = now()
      shown = true
      const full = Math.round(BAR * Math.min(Math.max(share, 0), 1))
      const line = `${'█'.repeat(full)}${'░'.repeat(BAR - full)} ${String(Math.round(100 * Math.min(share, 1))).padStart(3)} %  ${what}`
      // A terminal that does not know its width says 0.
      const width = screen.columns ? screen.columns : 80
      screen.write(`\r\x1b[K${line.slice(0, width - 1)}`)
    },
    clear() {
      if (shown) screen.write('\r\x1b[K')
      shown = false
    },
  }
}
