// The command as a user runs it: a process of its own.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))

export interface Ran {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

/** Says at the end, on a channel of its own, how much memory the process had: kilobytes. */
export const TELLS_MEMORY =
  "data:text/javascript,import fs from 'node:fs';process.on('exit',()=>fs.writeSync(3,String(process.resourceUsage().maxRSS)))"

export function start(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  imports: readonly string[] = [],
  input: 'ignore' | 'pipe' = 'ignore',
) {
  const { PATH, HOME, TMPDIR } = process.env
  const preload = ['tsx', ...imports].flatMap(name => ['--import', name])
  const child = spawn(process.execPath, [...preload, 'src/cli/main.ts', ...args], {
    cwd: root,
    env: { PATH, HOME, TMPDIR, ...env },
    stdio: [input, 'pipe', 'pipe', 'pipe'],
  })
  let [out, err, extra] = ['', '', '']
  child.stdout?.on('data', chunk => {
    out += chunk
  })
  child.stderr?.on('data', chunk => {
    err += chunk
  })
  child.stdio[3]?.on('data', chunk => {
    extra += chunk
  })
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, out, err, extra }))
  return { child, ended }
}

export async function latchkey(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  return start(args, env).ended
}
