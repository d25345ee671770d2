import { access, readFile } from 'node:fs/promises'
import { expect, test } from '@jest/globals'
import { readme } from '../scripts/schema.ts'

const README = new URL('../README.md', import.meta.url)

test('README.md lists every option as it is now; npm run schema writes it anew', async () => {
  expect(await readFile(README, 'utf8')).toBe(await readme())
})

test('README.md names no file that is not there', async () => {
  const links = [...(await readFile(README, 'utf8')).matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(
    ([, path]) => path ?? '',
  )
  expect(links.length).toBeGreaterThan(0)
  for (const link of links) await readFile(new URL(`../${link}`, import.meta.url))
})

test.each(['ARCHITECTURE.md', 'CONTRIBUTING.md'])('%s names no file that is not there', async page => {
  const text = await readFile(new URL(`../${page}`, import.meta.url), 'utf8')
  const named = [...text.matchAll(/`((?:src|test|bench)\/[\w./-]*)`/g)].map(([, path]) => path ?? '')
  expect(named.length).toBeGreaterThan(5)
  for (const path of named) await access(new URL(`../${path}`, import.meta.url))
  const scripts = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')).scripts
  for (const [, name = ''] of text.matchAll(/`npm run ([\w:]+)/g)) expect(scripts).toHaveProperty([name])
})
