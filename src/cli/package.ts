import { readFileSync } from 'node:fs'

const { version, homepage } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string; homepage: string }

export const VERSION = version

/** Where anyone can read this page of docs/: the package does not carry them. */
export function docs(page: string): string {
  return homepage.replace('#readme', `/blob/main/docs/${page}`)
}
