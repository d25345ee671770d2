// The sidebar is the list of docs/README.md, and the pages that are made from the types.
import { existsSync, readFileSync } from 'node:fs'
import type { DefaultTheme } from 'vitepress'

const root = new URL('../../', import.meta.url)

export function sidebar(): DefaultTheme.SidebarItem[] {
  return [...groups(readFileSync(new URL('docs/README.md', root), 'utf8')), reference()]
}

/** Each heading of the list with the pages under it. */
function groups(list: string): DefaultTheme.SidebarItem[] {
  return list
    .split(/^## /m)
    .slice(1)
    .map(group => ({
      text: group.slice(0, group.indexOf('\n')),
      items: [...group.matchAll(/^- \[(.+?)\]\((.+?)\.md\)/gm)].map(([, text = '', page]) => ({
        text,
        link: `/${page}`,
      })),
    }))
}

function reference(): DefaultTheme.SidebarItem {
  const { exports } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { exports: object }
  const entries = Object.keys(exports).map(name => name.replace('.', 'latchkey'))
  return {
    text: 'From the types',
    collapsed: true,
    items: entries
      .filter(entry => existsSync(new URL(`docs/reference/${entry}.md`, root)))
      .map(entry => ({ text: entry, link: `/reference/${entry}` })),
  }
}
