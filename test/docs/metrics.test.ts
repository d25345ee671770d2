// docs/metrics.md lists the instruments as they are, and its alerts ask for them.
import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { INSTRUMENTS } from '../../src/metrics/instruments.ts'
import { page, ROOT, section } from '../support/pages.ts'

const metrics = page('docs/metrics.md')
const KINDS = {
  histogram: 'histogram',
  counter: 'counter',
  upDownCounter: 'up-down counter',
  gauge: 'gauge',
}
const table = [
  ...section(metrics, '## Instruments').matchAll(/^\| `([\w.]+)` \| ([^|]+) \| `([^`]+)` \| ([^|]*)\|/gm),
].map(([, name, kind, unit, attributes = '']) => ({ name, kind, unit, attributes }))

test('every instrument is listed with its kind and its unit, and none besides', () => {
  const listed = table.map(({ name, kind, unit }) => ({ name, kind, unit }))
  const known = Object.values(INSTRUMENTS).map(({ name, kind, unit }) => ({ name, kind: KINDS[kind], unit }))
  expect(listed).toEqual(known)
})

test('every attribute is named, and none that there is not', () => {
  const source = (file: string) => readFileSync(`${ROOT}src/metrics/${file}.ts`, 'utf8')
  const used = (text: string) => new Set(text.match(/(?<=['`])(?:latchkey(?:\.\w+)+|error\.type)(?=['`])/g))
  const listed = used(table.map(({ attributes }) => attributes).join('\n'))
  expect([...listed].sort()).toEqual([...used(source('measure'))].sort())
  expect([...used(section(metrics, '## Traces'))].sort()).toEqual([...used(source('spans'))].sort())
})

test('alerts ask for instruments that there are', () => {
  const rows = [...section(metrics, '## Alerts to set').matchAll(/^\| [^|`]+ \| `([^`]+)` \|$/gm)]
  expect(rows.length).toBeGreaterThan(5)
  const known = Object.values(INSTRUMENTS).map(({ name }) => name.replaceAll('.', '_'))
  const asked = rows.flatMap(([, query = '']) => query.match(/\blatchkey_\w+(?=[{[)])/g) ?? [])
  const ofLabels = /latchkey_(commit_outcome|event_name)$/
  const unknown = asked
    .filter(name => !ofLabels.test(name))
    .filter(name => !known.includes(name.replace(/_(bucket|total)$/, '')))
  expect(unknown).toEqual([])
})
