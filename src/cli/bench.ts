/** Compiled beside this package's sources, and by itself: a name of package.json's `imports` leads to it from wherever this runs. */
const BENCH: string = '#bench'

interface Bench {
  main(
    args: readonly string[],
    surroundings: { out: NodeJS.WriteStream; screen: NodeJS.WriteStream; environment: NodeJS.ProcessEnv },
  ): Promise<number>
}

/** 128 and the number of SIGINT, as shells expect of who is interrupted. */
const INTERRUPTED = 130

export async function benchCommand(args: readonly string[]): Promise<number> {
  const { main } = (await import(BENCH)) as Bench
  process.once('SIGINT', () => {
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
    process.exit(INTERRUPTED)
  })
  return main(args, { out: process.stdout, screen: process.stderr, environment: process.env })
}
