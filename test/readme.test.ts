import { access, readFile } from 'node:fs/promises'
import { expect, test } from '@jest/globals'
import { configurationPage } from '../scripts/schema.ts'

test('docs/configuration.md lists every option as it is now; npm run schema writes it anew', async () => {
  const page = new URL('../docs/configuration.md', import.meta.url)
  expect(await readFile(page, 'utf8')).toBe(await configurationPage())
})

test.each(['ARCHITECTURE.md', 'CONTRIBUTING.md'])('%s names no file that is not there', async page => {
  const text = await readFile(new URL(`../${page}`, import.meta.url), 'utf8')
  const named = [...text.matchAll(/`((?:src|test|bench)\/[\w./-]*)`/g)].map(([, path]) => path ?? '')
  expect(named.length).toBeGreaterThan(5)
  for (const path of named) await access(new URL(`../${path}`, import.meta.url))
  const scripts = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')).scripts
  for (const [, name = ''] of text.matchAll(/`npm run ([\w:]+)/g)) expect(scripts).toHaveProperty([name])
})
