import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { entries, exportsOf } from '../support/exports.ts'
import { page, ROOT, section } from '../support/pages.ts'

const api = page('docs/api.md')
const operations = page('docs/operations.md')

/** Words in code type and in headings. */
const words = (text: string) =>
  new Set(
    [...text.matchAll(/`([^`\n]+)`|^#+ (.+)$/gm)].flatMap(
      ([, code, heading]) => (code ?? heading ?? '').match(/[\w$]+(\.\w+)*/g) ?? [],
    ),
  )
const source = (path: string) => readFileSync(`${ROOT}src/${path}`, 'utf8')

describe('docs/api.md names', () => {
  test.each(entries())('everything that %s exports', entry => {
    const text = section(api, `## ${entry}`)
    const named = words(text)
    const missing = exportsOf(entry).filter(name =>
      name === 'default' ? !/default export/.test(text) : !named.has(name),
    )
    expect(missing).toEqual([])
  })

  test('no type or class that no entry exports', () => {
    const exported = new Set(entries().flatMap(exportsOf))
    const known = new Set(['Request', 'Response', 'AbortSignal', 'TypeError', 'Errors', 'Types'])
    const capitalized = [...words(api.text)].filter(word => /^[A-Z][a-z]+[A-Za-z]*$/.test(word))
    expect(capitalized.filter(word => !exported.has(word) && !known.has(word))).toEqual([])
  })

  test('every entry, and none besides', () => {
    const headings = [...api.text.matchAll(/^## (latchkey.*)$/gm)].map(([, name]) => name)
    expect(headings.sort()).toEqual(entries().sort())
  })

  test.each([
    ['Sessions', 'handler.ts', '### Sessions'],
    ['Session', 'session.ts', '### Session'],
    ['WebSession', 'http/web-session.ts', '## WebSession'],
  ])('every public member of %s', (_, file, heading) => {
    const body = source(file)
      .replace(/^.*?^export class /ms, '')
      .replace(/^ {2}\/\*\* @internal .*\n.*$/gm, '')
    const members = [...body.matchAll(/^ {2}(?:async |get |set |readonly |\*)*\*?([a-z]\w*)[<(:]/gm)]
      .map(([, name = '']) => name)
      .filter(name => name !== 'constructor')
    expect(members.length).toBeGreaterThan(8)
    const named = words(section(api, heading))
    expect(members.filter(name => !named.has(name))).toEqual([])
  })

  test('every code of an error', () => {
    const codes = [...source('errors.ts').matchAll(/^ {2}\| '(\w+)'$/gm)].map(([, code]) => code)
    const listed = [...section(api, '### Errors').matchAll(/^\| `([A-Z_]+)`/gm)].map(([, code]) => code)
    expect(listed.sort()).toEqual(codes.sort())
  })

  test('every reason of a refused commit', () => {
    const unions = [
      /type CommitRefused =(.*?)\n\n/s.exec(source('events.ts')),
      /type RefusedBecause =([^;]*?)\n\n/s.exec(source('store.ts')),
    ]
    const known = unions.flatMap(union => [...(union?.[1] ?? '').matchAll(/'([\w-]+)'/g)].map(([, it]) => it))
    expect(known.length).toBeGreaterThan(10)
    const [, table = ''] = section(api, '### Session').split('| reason |')
    const listed = [...table.matchAll(/^\| `([a-z-]+)`/gm)].map(([, reason]) => reason)
    expect(listed.sort()).toEqual(known.sort())
  })
})

describe('docs/operations.md', () => {
  const events = [...source('events.ts').matchAll(/event: '([\w-]+)'/g)].map(([, event]) => event)

  test('lists every event, and none besides', () => {
    const listed = [...section(operations, '## Events').matchAll(/^\| ([^|]*) \|/gm)].flatMap(
      ([, cell = '']) => [...cell.matchAll(/`([\w-]+)`/g)].map(([, event]) => event),
    )
    expect([...new Set(listed)].sort()).toEqual([...new Set(events)].sort())
  })

  test('sets alerts on events that there are', () => {
    const cells = [...section(operations, '## Alerts to set').matchAll(/^\| (`[^|]*) \|/gm)]
    const named = cells.flatMap(([, cell = '']) =>
      [...cell.matchAll(/`([a-z]+-[a-z-]+)`/g)].map(([, it]) => it),
    )
    const reasons = ['out-of-memory', 'lock-lost', 'too-large']
    expect(named.filter(name => !events.includes(name) && !reasons.includes(name ?? ''))).toEqual([])
  })

  test('quotes log lines as they are', () => {
    // What stands between the quotation's holes must be in the source of the log's lines.
    const rows = [...section(operations, '## When things go wrong').matchAll(/^\|.*\| (.*) \|$/gm)].slice(1)
    const quoted = rows.flatMap(([, cell = '']) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text),
    )
    const pieces = quoted
      .filter(text => !/^(RECORD_|available again)/.test(text))
      .flatMap(text => text.split(/…|\([^)]*\)|[\w-]+\\\|\d+|\d+(?:\.\d)? ?s?|,(?= *$)/))
      .map(piece => piece.replace(/^[ :,]+|[ :,(]+$/g, ''))
      .filter(piece => piece.length > 3)
    expect(pieces.length).toBeGreaterThan(12)
    const log = source('log.ts').replace(/\$\{[^}]*\}/g, '')
    expect(pieces.filter(piece => !log.includes(piece))).toEqual([])
  })
})
