// The documents as a reader has them: README, docs and the pages beside README.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface Page {
  /** From the root of the repository. */
  path: string
  text: string
}

export interface CodeBlock {
  page: string
  language: string
  /** 1 is the first line of the page. */
  line: number
  code: string
}

export const page = (path: string): Page => ({ path, text: readFileSync(`${ROOT}${path}`, 'utf8') })

export const pages: Page[] = [
  ...readdirSync(ROOT).filter(name => name.endsWith('.md')),
  ...readdirSync(`${ROOT}docs`)
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name}`),
].map(page)

export function codeBlocks({ path, text }: Page): CodeBlock[] {
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(({ 1: language = '', 2: code = '', index }) => ({
    page: path,
    language,
    line: text.slice(0, index).split('\n').length,
    code,
  }))
}

/** What stands outside of code blocks. */
export const prose = (text: string) => text.replace(/^```\w*\n.*?^```$/gms, '')

/** The section under this heading, down to the next heading of its level or above. */
export function section({ path, text }: Page, heading: string): string {
  const level = /^#+/.exec(heading)?.[0].length ?? 0
  const lines = text.split('\n')
  const from = lines.indexOf(heading)
  if (from < 0) throw new Error(`${path} has no heading "${heading}"`)
  const rest = lines.slice(from + 1)
  const to = rest.findIndex(line => new RegExp(`^#{1,${level}} `).test(line))
  return rest.slice(0, to < 0 ? undefined : to).join('\n')
}
