import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'

const program = fileURLToPath(new URL('throwing-callbacks.ts', import.meta.url))

test('what a callback throws is an uncaught exception, called once, and leaves no lock', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', program], {
    timeout: 20_000,
  })
  expect(JSON.parse(stdout)).toEqual({ outcomes: Array(7).fill('thrown by call 1'), holding: 0 })
})
