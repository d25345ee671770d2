// What runs the tests elsewhere, and publishes: .ci/run and the workflows of GitHub.
import { readdirSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { page, ROOT } from '../support/pages.ts'

const { scripts } = JSON.parse(page('package.json').text)
const workflows = readdirSync(`${ROOT}.github/workflows`).map(name => `.github/workflows/${name}`)

test.each(['.ci/run', ...workflows])('%s calls scripts that there are', path => {
  const called = [...page(path).text.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name)
  expect(called.length).toBeGreaterThan(1)
  expect(called.filter(name => name === undefined || !(name in scripts))).toEqual([])
})

test('GitHub runs the tests on every version of Node that is supported, with Redis and with Valkey', () => {
  const { text } = page('.github/workflows/ci.yml')
  expect(text).toContain('node: [20, 22, 24, 26]')
  expect(text).toContain('server: [redis, valkey]')
  const tiers = Object.keys(scripts).filter(name => /^test:(faults|nest|browser|site|full-stack)$/.test(name))
  for (const name of tiers) expect(text).toContain(`npm run ${name}\n`)
})

test('a release is checked before it is published, with provenance', () => {
  const { text } = page('.github/workflows/release.yml')
  expect(text).toMatch(/id-token: write.*npm run release:check\n.*npm publish --provenance/s)
})
