import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { SerializeHandler } from '../../src/php/serialize-handlers.ts'

export interface PhpCase {
  handler: SerializeHandler
  /** One character a byte. */
  text: string
  edits?: PhpEdit[]
}

/** Sets a value, or unsets it. The keys are bytes. */
export interface PhpEdit {
  path: string[]
  set?: unknown
}

export interface PhpAnswer {
  /** Whether PHP accepted the text. It destroys the session otherwise. */
  ok: boolean
  /** What PHP writes then; undefined where it refuses. */
  again: string | undefined
}

const SCRIPT = fileURLToPath(new URL('php-sessions.php', import.meta.url))

/** What a real PHP makes of session texts. */
export function askPhp(cases: readonly PhpCase[]): PhpAnswer[] {
  const base64 = (raw: string) => Buffer.from(raw, 'latin1').toString('base64')
  const lines = cases.map(({ handler, text, edits = [] }) =>
    JSON.stringify({
      handler,
      text: base64(text),
      edits: edits.map(edit => ({ ...edit, path: edit.path.map(base64) })),
    }),
  )
  const { status, stdout, stderr } = spawnSync('php', ['-d', 'memory_limit=1G', SCRIPT], {
    input: `${lines.join('\n')}\n`,
    maxBuffer: 2 ** 28,
  })
  if (status !== 0) throw new Error(`php ended with ${status}: ${stderr}`)
  const answers = stdout.toString().trim().split('\n')
  if (answers.length !== cases.length) throw new Error(`php answered ${answers.length} of ${cases.length}`)
  return answers.map(line => {
    const { ok, again } = JSON.parse(line) as { ok: boolean; again: string | null }
    return { ok, again: again === null ? undefined : Buffer.from(again, 'base64').toString('latin1') }
  })
}
