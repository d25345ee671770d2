import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from '@jest/globals'
import { loadOptions } from '../../src/config/load.ts'
import { OptionError } from '../../src/config/option-error.ts'

const folder = mkdtempSync(join(tmpdir(), 'latchkey-config-'))
let files = 0

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Path of a new file that holds `content`, as it is if it is a text, else as JSON. */
export function file(content: unknown): string {
  const path = join(folder, `${files++}.json`)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

/** The error that loading throws; what a hostile or untyped caller passes is allowed. */
export function refusal(source: unknown, environment = {}, code: unknown = {}): OptionError {
  const load = loadOptions as (...args: unknown[]) => unknown
  try {
    load(source, environment, code)
  } catch (error) {
    if (error instanceof OptionError) return error
    throw error
  }
  throw new Error('expected an OptionError, but the options were accepted')
}
