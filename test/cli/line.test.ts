// Lines that are wrong: one sentence, and exit code 2.
import { readFile } from 'node:fs/promises'
import { expect, jest, test } from '@jest/globals'
import { COMMANDS, run } from '../../src/cli/run.ts'

test.each([
  [['inspect'], 'the session is missing. See latchkey --help.'],
  [['inspct', 'x'], '"inspct" is not a command: did you mean inspect? See latchkey --help.'],
  [['inspect', 'x', '--jsn'], '"jsn" is not expected here. See latchkey --help.'],
  [['inspect', 'x', '--config'], '--config needs a value. See latchkey --help.'],
  [['list', '--limit', '0'], '--limit: expected a whole number from 1 to 10000. See latchkey --help.'],
  [['list', '--kind', 'fish'], /^--kind: expected one of "node", .*, got "fish"\. See latchkey --help\.$/],
  [['migrate'], '--from is missing. See latchkey --help.'],
  [
    ['inspect', 'x', '--redis', 'http://x'],
    /^redis\.url: expected redis:\/\/.* got "http:\/\/…" \(--redis\)\.$/,
  ],
  [
    ['inspect', 'x', '--config', '/nowhere.json'],
    /"\/nowhere\.json" cannot be read: .*no such file or directory\.$/,
  ],
])('%j', async (args, says) => {
  const lines: string[] = []
  const write = jest.spyOn(process.stderr, 'write').mockImplementation(text => lines.push(String(text)) > 0)
  const code = await run(args).finally(() => write.mockRestore())
  expect(code).toBe(2)
  expect(lines).toHaveLength(1)
  const sentence = lines[0]?.replace(/^latchkey: /, '').trimEnd()
  if (typeof says === 'string') expect(sentence).toBe(says)
  else expect(sentence).toMatch(says)
})

test.each(COMMANDS.map(({ usage, examples }) => [usage.split(' ')[0] ?? '', examples] as const))(
  '%s has an example, and its output is in docs/commands.md',
  async (name, examples) => {
    expect(examples.length).toBeGreaterThan(0)
    for (const [line] of examples) expect(line).toMatch(new RegExp(`^latchkey ${name}`))
    const page = await readFile(new URL('../../docs/commands.md', import.meta.url), 'utf8')
    expect(page).toContain(`\n## ${name}\n`)
    expect(page).toContain(`\n$ latchkey ${name}`)
  },
)
