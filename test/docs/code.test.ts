// The blocks of code in the documents: each parses, and imports what there is. test/faults/docs compiles them.
import { expect, test } from '@jest/globals'
import { parseSync } from '@swc/core'
import { entries, exportsOf } from '../support/exports.ts'
import { type CodeBlock, codeBlocks, pages } from '../support/pages.ts'

const blocks = pages.flatMap(codeBlocks)
const inLanguage = (...languages: string[]) => blocks.filter(({ language }) => languages.includes(language))
const programs = inLanguage('js', 'ts', 'jsx')
const where = ({ page, line }: CodeBlock) => `${page}:${line}`

test('blocks were found, each in a language that is tried or is no program', () => {
  expect(programs.length).toBeGreaterThan(20)
  const others = blocks
    .map(({ language }) => language)
    .filter(it => !['js', 'ts', 'jsx', 'json'].includes(it))
  expect([...new Set(others)].sort()).toEqual(['', 'console', 'sh'])
})

test.each(programs.map(block => [where(block), block] as const))('%s parses', (_, { language, code }) => {
  parseSync(code, language === 'ts' ? { syntax: 'typescript' } : { syntax: 'ecmascript', jsx: true })
})

test.each(inLanguage('json').map(block => [where(block), block] as const))('%s is JSON', (_, { code }) => {
  JSON.parse(code)
})

test('what they import of latchkey is exported', () => {
  const known = new Map(entries().map(entry => [entry, exportsOf(entry)]))
  const wrong = programs.flatMap(block =>
    [...block.code.matchAll(/^import (.+) from '(latchkey[^']*)'$/gm)].flatMap(
      ([, what = '', entry = '']) => {
        const named = /\{(.*)\}/.exec(what)?.[1]?.split(',') ?? ['default']
        const names = named.map(name => name.trim().replace(/^type | as .*/g, ''))
        return names.filter(name => !known.get(entry)?.includes(name)).map(name => `${where(block)}: ${name}`)
      },
    ),
  )
  expect(wrong).toEqual([])
})
