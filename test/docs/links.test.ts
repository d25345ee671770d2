import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { page, pages, prose, ROOT } from '../support/pages.ts'

/** The anchors that GitHub gives the headings of a page. */
function anchors(path: string): Set<string> {
  const seen = new Map<string, number>()
  const found = new Set<string>()
  for (const [, heading = ''] of prose(page(path).text).matchAll(/^#{1,6} (.+)$/gm)) {
    const slug = heading
      .toLowerCase()
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-')
    const times = seen.get(slug) ?? 0
    seen.set(slug, times + 1)
    found.add(times === 0 ? slug : `${slug}-${times}`)
  }
  return found
}

const links = pages.flatMap(({ path, text }) =>
  [...prose(text).matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)].map(([, link = '']) => ({ path, link })),
)

test('links were found', () => expect(links.length).toBeGreaterThan(50))

test('every relative link leads to a file, and its anchor to a heading', () => {
  const broken = links.filter(({ path, link }) => {
    const [file = '', anchor] = link.split('#')
    const target = file === '' ? path : normalize(join(dirname(path), file))
    if (!existsSync(join(ROOT, target))) return true
    return anchor !== undefined && !(target.endsWith('.md') && anchors(target).has(anchor))
  })
  expect(broken).toEqual([])
})

describe('a newcomer finds', () => {
  const index = page('docs/README.md').text

  test('every page of docs in its index', () => {
    const names = pages.flatMap(({ path }) => /^docs\/((?!README)[^/]+)$/.exec(path)?.[1] ?? [])
    expect(names.filter(name => !index.includes(`](${name})`))).toEqual([])
  })

  test('what README.md says within 120 lines', () => {
    expect(page('README.md').text.split('\n').length - 1).toBeLessThanOrEqual(120)
  })
})

test('docs/promises.md names tests that there are', () => {
  const rows = [...page('docs/promises.md').text.matchAll(/^\| +\d+ \|.*\| ([^|]+) \|$/gm)]
  expect(rows).toHaveLength(16)
  const named = rows.flatMap(([, cell = '']) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name))
  expect(named.filter(name => !existsSync(join(ROOT, `test/${name}.test.ts`)))).toEqual([])
})

test('the registry can resolve the links of README.md', () => {
  const { repository, homepage, bugs } = JSON.parse(page('package.json').text)
  const [, place] = /^git\+(https:\/\/github\.com\/[\w-]+\/[\w-]+)\.git$/.exec(repository.url) ?? []
  expect(place).toBeDefined()
  expect(homepage).toBe(`${place}#readme`)
  expect(bugs.url).toBe(`${place}/issues`)
})
