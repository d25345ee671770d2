/** The whole terminal, until a key ends it. */
export class Screen {
  readonly ended: Promise<void>
  #end: () => void = () => {}

  constructor() {
    this.ended = new Promise(resolve => {
      this.#end = resolve
    })
    // The other screen of the terminal, and no cursor: what was there before comes back at the end.
    process.stdout.write('\x1b[?1049h\x1b[?25l')
    process.stdin.setRawMode(true)
    process.stdin.on('data', this.#key)
    process.once('SIGTERM', this.#end)
  }

  draw(text: string): void {
    const { columns, rows } = process.stdout
    const lines = text.split('\n').slice(0, rows - 1)
    const shown = [...lines, 'q to quit'].map(line => `${line.slice(0, columns)}\x1b[K`)
    process.stdout.write(`\x1b[H${shown.join('\r\n')}\x1b[J`)
  }

  close(): void {
    process.stdin.off('data', this.#key)
    process.stdin.setRawMode(false)
    process.stdin.pause()
    process.stdout.write('\x1b[?25h\x1b[?1049l')
  }

  readonly #key = (key: Buffer): void => {
    // In this mode Ctrl-C is a key too.
    if (key.includes('q') || key.includes('\x03')) this.#end()
  }
}
