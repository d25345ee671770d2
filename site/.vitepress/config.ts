// The site of the pages in docs/, which read well on GitHub too: nothing in them is made for the site.
import { readFileSync } from 'node:fs'
import { defineConfig } from 'vitepress'
import { externalVue } from './external-vue.ts'
import { outsideLinks } from './outside-links.ts'
import { sidebar } from './sidebar.ts'

const { description, homepage } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { description: string; homepage: string }
const repository = homepage.replace('#readme', '')

export default defineConfig({
  title: 'Latchkey',
  description,
  srcDir: '../docs',
  outDir: 'dist',
  rewrites: { 'README.md': 'index.md' },
  cleanUrls: true,
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: icon() }]],
  // The shop that a reader starts. Every other dead link fails the build.
  ignoreDeadLinks: 'localhostLinks',
  vite: { plugins: [externalVue()] },
  markdown: { config: markdown => outsideLinks(markdown, `${repository}/blob/main/`) },
  themeConfig: {
    search: {
      provider: 'local',
      // A reader looks for what to do. What is made from the types comes after it. (Runs in the browser, alone.)
      options: {
        miniSearch: {
          searchOptions: { boostDocument: (id: string) => (id.includes('/reference/') ? 0.1 : 1) },
        },
      },
    },
    nav: [
      { text: 'Getting started', link: '/getting-started' },
      { text: 'Configuration', link: '/configuration' },
      { text: 'Operations', link: '/operations' },
      { text: 'API', link: '/api' },
    ],
    sidebar: sidebar(),
    outline: [2, 3],
    socialLinks: [{ icon: 'github', link: repository }],
    editLink: { pattern: `${repository}/edit/main/docs/:path`, text: 'Edit this page on GitHub' },
    externalLinkIcon: true,
  },
  transformPageData(page) {
    if (page.relativePath === 'index.md') return { frontmatter: { ...page.frontmatter, ...home } }
    // Pages made from the types have no source to edit.
    if (page.relativePath.startsWith('reference/'))
      return { frontmatter: { ...page.frontmatter, editLink: false } }
  },
})

/** What stands above the list of pages, on the first page of the site. */
const home = {
  layout: 'home',
  hero: {
    name: 'Latchkey',
    text: 'Redis sessions with a lock, for Node',
    tagline: 'Concurrent requests of one visitor never overwrite each other, and a logout stays a logout.',
    actions: [
      { theme: 'brand', text: 'Getting started', link: '/getting-started' },
      { theme: 'alt', text: 'Why a session needs a lock', link: '/why-lock' },
    ],
  },
}

/** The shop's. In the page itself, since the pages' folder has no files for the site alone. */
function icon(): string {
  const svg = readFileSync(new URL('../../examples/storefront/public/favicon.svg', import.meta.url))
  return `data:image/svg+xml;base64,${svg.toString('base64')}`
}
