import type { MarkdownRenderer } from 'vitepress'

/** Links from a page of docs/ to a file outside of it lead to that file on GitHub. */
export function outsideLinks(markdown: MarkdownRenderer, repository: string): void {
  markdown.core.ruler.push('outside_links', ({ tokens }) => {
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.type === 'link_open' ? token.attrGet('href') : null
      if (href?.startsWith('../')) token.attrSet('href', repository + href.slice('../'.length))
    }
  })
}
