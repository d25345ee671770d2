import { describe, expect, test } from '@jest/globals'
import { changelogProblem } from '../../scripts/changelog.ts'
import { page } from '../support/pages.ts'

test('the newest section of CHANGELOG.md is about the version in package.json', () => {
  const { version } = JSON.parse(page('package.json').text)
  expect(changelogProblem(page('CHANGELOG.md').text, version, true)).toBeUndefined()
})

describe('a release needs a section of its version, with a date', () => {
  test.each([
    ['## 1.2.0 (2026-12-01)', false, true],
    ['## 1.2.0 (unreleased)', false, false],
    ['## 1.2.0 (unreleased)', true, true],
    ['## 1.2.0', true, false],
    ['## 1.1.0 (2026-12-01)', true, false],
    ['', true, false],
  ])('%s, unreleased: %s', (heading, unreleased, fine) => {
    const problem = changelogProblem(`# Changelog\n\n${heading}\n\n- What is new\n`, '1.2.0', unreleased)
    expect(problem === undefined).toBe(fine)
    if (!fine) expect(problem).toMatch(/^CHANGELOG\.md: expected "## 1\.2\.0 \(.*, got "/)
  })
})
