// The first program of README.md, as a newcomer runs it: pasted into an empty file.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { codeBlocks, page } from '../test/support/pages.ts'
import { freePorts } from '../test/support/ports.ts'

/** What the page must show for two requests with one cookie. */
export const VISITS = ['Visit 1', 'Visit 2']

const ASK_AGAIN_MS = 50

/**
 * Runs it in `folder`, where the package is installed, on a port that is free, and asks for the page twice.
 *
 * @returns what the page has shown
 * @throws if the program ends by itself
 */
export async function runFirstProgram(folder: string, redisUrl: string): Promise<string[]> {
  const program = codeBlocks(page('README.md')).find(({ language }) => language === 'js')
  if (!program) throw new Error('README.md has no program')
  const [port = 0] = await freePorts(1)
  const path = join(folder, 'app.mjs')
  await writeFile(path, program.code.replace('listen(3000)', `listen(${port})`))
  const app = spawn(process.execPath, [path], {
    cwd: folder,
    env: { ...process.env, REDIS_URL: redisUrl },
    stdio: 'inherit',
  })
  const ended = once(app, 'exit')
  const ask = (cookie = '') => fetch(`http://127.0.0.1:${port}/`, { headers: { cookie } })
  try {
    await answers(() => ask(), ended)
    const first = await ask()
    const [cookie = ''] = first.headers.get('set-cookie')?.split(';') ?? []
    const again = await ask(cookie)
    return [await first.text(), await again.text()]
  } finally {
    app.kill()
    await ended
  }
}

async function answers(ask: () => Promise<unknown>, ended: Promise<unknown>): Promise<void> {
  let over = false
  ended.then(() => {
    over = true
  })
  while (!over) {
    if (await ask().then(() => true, () => false)) return // biome-ignore format: one step
    await pause(ASK_AGAIN_MS)
  }
  throw new Error('the program of README.md has ended by itself')
}
