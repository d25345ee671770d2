import { setTimeout as pause } from 'node:timers/promises'
import { factsOf } from '../redis/node-facts.ts'
import { command, DONE, WrongUse } from './command.ts'
import { atDesk, type Desk } from './desk.ts'
import { answer, createProgress } from './output.ts'
import { pictureText, serverFigures, sumOf } from './top/picture.ts'
import { Screen } from './top/screen.ts'
import { Watch } from './top/watch.ts'

export const top = command({
  usage: 'top',
  describe: 'Shows live which sessions are busy, who holds locks for long, and who waits',
  examples: [
    ['latchkey top', 'in a terminal; q to quit'],
    ['latchkey top --once --json', 'for scripts'],
  ],
  options: line =>
    line.option('once', {
      type: 'boolean',
      default: false,
      describe: 'Look at all keys once, print what is busy, and end',
    }),
  run: given => {
    if (!given.once && (given.json || !process.stdout.isTTY || !process.stdin.isTTY)) {
      throw new WrongUse('top needs a terminal: add --once')
    }
    return atDesk(given, async desk => {
      const watch = new Watch(desk)
      await watch.open()
      try {
        if (given.once) await once(desk, watch, given.json)
        else await live(desk, watch)
      } finally {
        watch.close()
      }
      return DONE
    })
  },
})

const EVERY_MS = 1000
const MOST_ROWS = 10

async function figuresOf({ overview }: Desk) {
  return serverFigures(await Promise.all(overview.nodes().map(node => factsOf(node, []))))
}

async function commandsOf({ overview }: Desk): Promise<number | null> {
  return sumOf(await Promise.all(overview.nodes().map(node => factsOf(node, []))), 'total_commands_processed')
}

async function once(desk: Desk, watch: Watch, json: boolean): Promise<void> {
  const progress = createProgress(await desk.overview.size())
  try {
    await watch.round(keys => progress.show(keys, `keys under ${desk.overview.prefix}`))
  } finally {
    progress.clear()
  }
  await watch.refresh()
  // The look at all keys makes several commands for each session: they are counted in a second that has none of them.
  const [before, began] = [await commandsOf(desk), performance.now()]
  await pause(EVERY_MS)
  const [after, seconds] = [await commandsOf(desk), (performance.now() - began) / 1000]
  const commandsPerSecond = before === null || after === null ? null : Math.round((after - before) / seconds)
  const [picture, figures] = [await watch.refresh(), { ...(await figuresOf(desk)), commandsPerSecond }]
  answer(json, { server: desk.server, ...figures, ...picture }, () =>
    pictureText(desk.server, figures, picture, MOST_ROWS),
  )
}

async function live(desk: Desk, watch: Watch): Promise<void> {
  const screen = new Screen()
  const stop = new AbortController()
  void screen.ended.then(() => stop.abort())
  const rounds = (async () => {
    while (!stop.signal.aborted) {
      await watch.round()
      await pause(EVERY_MS, undefined, { signal: stop.signal }).catch(() => {})
    }
  })()
  // It is awaited below; a failure before that must not end the process with the screen as it is.
  rounds.catch(() => {})
  try {
    while (!stop.signal.aborted) {
      const [picture, figures] = [await watch.refresh(), await figuresOf(desk)]
      // Two tables, their heads, and what is above and below them.
      const most = Math.max(Math.floor((process.stdout.rows - 10) / 2), 1)
      screen.draw(pictureText(desk.server, figures, picture, most, ' with those of top'))
      await Promise.race([pause(EVERY_MS, undefined, { signal: stop.signal }).catch(() => {}), rounds])
    }
  } finally {
    stop.abort()
    watch.close()
    screen.close()
    await rounds.catch(() => {})
  }
}
