import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'

const bench = fileURLToPath(new URL('../../../bench', import.meta.url))
const files = readdirSync(bench, { recursive: true, encoding: 'utf8' }).filter(
  path => path.endsWith('.ts') && !path.startsWith('rivals'),
)
const imports = files.flatMap(file =>
  [...readFileSync(join(bench, file), 'utf8').matchAll(/^(?:import|\} from|export).*?from '([^']+)'/gm)].map(
    ([, target = '']) => ({
      file,
      target: target.startsWith('.') ? relative(bench, resolve(bench, dirname(file), target)) : target,
    }),
  ),
)

function astray(from: RegExp, may: RegExp) {
  return imports.filter(({ file, target }) => from.test(file) && !may.test(target))
}

describe('the bench', () => {
  test('was found, and what it imports', () => {
    expect(files).toContain('main.ts')
    expect(imports.length).toBeGreaterThan(60)
  })

  test('knows the package by its codec and its sampler, and no other package at all', () => {
    expect(astray(/./, /^(node:|latchkey\/codec$|#redis\/sample$|[\w/-]+\.ts$)/)).toEqual([])
  })

  test('asks Redis in one place', () => {
    expect(imports.filter(({ target }) => target === '#redis/sample').map(({ file }) => file)).toEqual([
      'input/redis.ts',
    ])
  })

  test('judges and draws without a clock, a file or a library', () => {
    expect(astray(/^(judge|report)\//, /^(judge|report|measure|units|machine)[/.]/)).toEqual([])
  })

  test('has no file longer than 250 lines', () => {
    const lines = (file: string) => readFileSync(join(bench, file), 'utf8').split('\n').length - 1
    expect(files.filter(file => lines(file) > 250)).toEqual([])
  })
})
