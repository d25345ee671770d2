import { fork } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { openHistory, readHistory } from './history.ts'
import { Random } from './random.ts'

test('what was written before a kill -9 is read, and half a line is passed over', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-history-'))
  const path = join(folder, 'history.jsonl')
  const program = join(folder, 'writer.ts')
  const module = fileURLToPath(new URL('./history.ts', import.meta.url))
  await writeFile(
    program,
    `import(${JSON.stringify(module)}).then(({ openHistory }) => {
      openHistory(process.argv[2]).write({ line: 'process', process: 'w1', state: 'born' })
      process.kill(process.pid, 'SIGKILL')
    })`,
  )
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const writer = fork(program, [path], { cwd: root, execArgv: ['--import', 'tsx'] })
  expect(await once(writer, 'exit')).toEqual([null, 'SIGKILL'])
  await appendFile(path, '{"line":"process","proc')
  expect(readHistory(path)).toEqual([
    { at: expect.any(Number), wall: expect.any(Number), line: 'process', process: 'w1', state: 'born' },
  ])
  await rm(folder, { recursive: true })
})

test('moments of two processes are in order on one clock', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-history-'))
  const histories = ['a', 'b'].map(name => openHistory(join(folder, name)))
  for (const history of histories) history.write({ line: 'process', process: 'w', state: 'born' })
  const [a, b] = ['a', 'b'].map(name => readHistory(join(folder, name))[0])
  expect(a?.at).toBeLessThan(b?.at ?? 0)
  for (const history of histories) history.close()
  await rm(folder, { recursive: true })
})

test('the same seed gives the same numbers, and another gives others', () => {
  const numbers = (...seeds: (string | number)[]) => {
    const random = new Random(...seeds)
    return Array.from({ length: 20 }, () => random.next())
  }
  expect(numbers(7, 'w1')).toEqual(numbers(7, 'w1'))
  expect(numbers(7, 'w1')).not.toEqual(numbers(7, 'w2'))
  expect(numbers(7, 'w1').every(n => n >= 0 && n < 1)).toBe(true)
})
