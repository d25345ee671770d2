// docs/grafana.json: Grafana can import it, and its queries ask for metrics and labels that there are.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { instrument } from '../../src/metrics/index.ts'
import { INSTRUMENTS } from '../../src/metrics/instruments.ts'
import { recordName } from '../../src/session-id.ts'
import { ownRedis } from '../support/own-redis.ts'
import { page } from '../support/pages.ts'
import { eventually, storedIn } from '../support/sessions.ts'
import { prometheus, type Sample } from './scrape.ts'

interface Panel {
  id: number
  type: string
  title: string
  datasource: { uid: string }
  gridPos: Record<'x' | 'y' | 'w' | 'h', number>
  fieldConfig: { defaults: { unit: string }; overrides: unknown[] }
  options: object
  targets: { refId: string; expr: string; legendFormat: string; datasource: { uid: string } }[]
}
interface Dashboard {
  uid: string
  title: string
  schemaVersion: number
  version: number
  panels: Panel[]
  time: { from: string; to: string }
  templating: { list: { name: string; type: string; query: unknown }[] }
}

const dashboard = JSON.parse(page('docs/grafana.json').text) as Dashboard
const { panels } = dashboard
const queries = panels.flatMap(({ title, targets }) =>
  targets.map(({ expr, legendFormat }) => ({ title, expr, legendFormat })),
)

const redis = ownRedis()
let samples: Sample[]

beforeAll(async () => {
  // One of each, so that every metric has every label.
  const scraped = await prometheus()
  const { sessions } = await redis.watched()
  const end = instrument(sessions, { meterProvider: scraped.meterProvider })
  const id = await storedIn(sessions)
  const holder = await sessions.open(id)
  const waiting = sessions.open(id)
  await eventually(() => sessions.counts.waiting === 1)
  await holder.release()
  const waiter = await waiting
  await waiter.release()
  await (await sessions.open(id, { access: 'readonly' })).commit()
  const other = 'abcdefghijklmnopqrstuvwxyz123456'
  await redis.client.set(`sess_${recordName(other, 'hashed')}`, 'of another program')
  await sessions.open(other).catch(() => {})
  samples = await scraped.scrape()
  end()
  await scraped.close()
})

describe('its queries', () => {
  test('ask for metrics that there are, and for all of them', () => {
    const scraped = new Set(samples.map(({ name }) => name))
    const asked = queries.flatMap(({ expr }) => expr.match(/\blatchkey_\w+(?=\{)/g) ?? [])
    expect(asked.filter(name => !scraped.has(name))).toEqual([])
    const base = (name: string) => name.replace(/_(bucket|count|sum|total)$/, '')
    const instruments = Object.values(INSTRUMENTS).map(({ name }) => name.replaceAll('.', '_'))
    expect([...new Set(asked.map(base))].sort()).toEqual(instruments.sort())
  })

  test('group by and choose labels that these metrics have', () => {
    // Prometheus itself adds the instance.
    const added = ['instance']
    for (const { expr, legendFormat } of queries) {
      const [name] = expr.match(/\blatchkey_\w+(?=\{)/) ?? []
      const labels = new Set([
        ...added,
        ...samples.filter(each => each.name === name).flatMap(each => Object.keys(each.labels)),
      ])
      const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/, */))
      const chosen = [...expr.matchAll(/(\w+)(?:=~|!=|!~|=)"/g)].map(([, label = '']) => label)
      const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label)
      expect([...grouped, ...chosen, ...shown].filter(label => !labels.has(label))).toEqual([])
      expect(shown.filter(label => !grouped.includes(label))).toEqual([])
    }
  })

  test('have balanced brackets, and variables that the dashboard or Grafana defines', () => {
    const defined = [...dashboard.templating.list.map(({ name }) => name), '__rate_interval']
    for (const { expr } of queries) {
      for (const pair of ['()', '[]', '{}'])
        expect(expr.split(pair[0] ?? '').length).toBe(expr.split(pair[1] ?? '').length)
      const used = [...expr.matchAll(/\$\{?(\w+)/g)].map(([, name]) => name)
      expect(used.filter(name => !defined.includes(name ?? ''))).toEqual([])
    }
  })
})

describe('Grafana can import it', () => {
  test('it has what a dashboard needs, and no id of the server that it was made on', () => {
    expect(dashboard).toMatchObject({
      uid: expect.stringMatching(/^[\w-]{1,40}$/),
      title: expect.any(String),
      schemaVersion: expect.any(Number),
      version: expect.any(Number),
      time: { from: expect.stringMatching(/^now-/), to: 'now' },
    })
    expect(dashboard).not.toHaveProperty('id')
    expect(dashboard.templating.list.map(({ name, type }) => [name, type])).toEqual([
      ['datasource', 'datasource'],
      ['instance', 'query'],
    ])
  })

  test.each(panels.map(panel => [panel.title, panel] as const))('the panel "%s" is whole', (_, panel) => {
    expect(['stat', 'timeseries']).toContain(panel.type)
    expect(panel.fieldConfig.defaults.unit).toMatch(/^(s|ops|bytes|none|percentunit)$/)
    expect(panel.fieldConfig.overrides).toEqual([])
    expect(Object.keys(panel.options).length).toBeGreaterThan(0)
    expect(panel.targets.length).toBeGreaterThan(0)
    expect(new Set(panel.targets.map(({ refId }) => refId)).size).toBe(panel.targets.length)
    // The one that is chosen on import or above the panels, and not one of another server.
    for (const { datasource } of [panel, ...panel.targets])
      expect(datasource).toEqual({ type: 'prometheus', uid: `\${datasource}` })
  })

  test('its panels have ids and places of their own, within 24 columns', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) => {
      expect(x + w).toBeLessThanOrEqual(24)
      return Array.from({ length: w * h }, (_, n) => `${x + (n % w)}/${y + Math.floor(n / w)}`)
    })
    expect(new Set(cells).size).toBe(cells.length)
  })
})

afterAll(() => {
  expect(samples.length).toBeGreaterThan(20)
})
