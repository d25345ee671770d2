/**
 * What is wrong with the newest section of CHANGELOG.md for a release of this version; undefined if it is fine.
 *
 * @param unreleased whether the date may still be missing
 */
export function changelogProblem(changelog: string, version: string, unreleased = false): string | undefined {
  const heading = /^## .*$/m.exec(changelog)?.[0] ?? 'nothing'
  const dated = heading.startsWith(`## ${version} (`) && /\(\d{4}-\d\d-\d\d\)$/.test(heading)
  if (dated || (unreleased && heading === `## ${version} (unreleased)`)) return undefined
  const expected = `"## ${version} (2026-01-31)", with the day of the release`
  return `CHANGELOG.md: expected ${expected}, got "${heading}"`
}
