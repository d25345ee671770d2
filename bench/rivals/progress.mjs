/** A bar on a terminal, plain lines elsewhere. */
const BAR = 24

export function createProgress(out = process.stderr) {
  const bar = out.isTTY
  return {
    say(line) {
      if (bar) out.write('\r\x1b[K')
      out.write(`${line}\n`)
    },
    /** @returns {(total: number) => (what: string) => void} */
    steps: title => total => {
      let done = 0
      return what => {
        if (bar) {
          const full = Math.round((BAR * done) / total)
          out.write(
            `\r\x1b[K${'█'.repeat(full)}${'░'.repeat(BAR - full)} ${Math.round((100 * done) / total)} %  ${title}: ${what}`,
          )
        } else out.write(`[${done + 1}/${total}] ${title}: ${what}\n`)
        done += 1
      }
    },
  }
}
