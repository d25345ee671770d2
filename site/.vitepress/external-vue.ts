import type { Plugin } from 'vitepress'

/**
 * The pages are outside of this package, and from there Vue cannot be found. For rendering on the server it need not be: what
 * VitePress builds runs in this package.
 */
export function externalVue(): Plugin {
  return {
    name: 'external-vue',
    enforce: 'pre',
    resolveId: (id, _importer, { ssr }) =>
      ssr && /^vue(\/|$)/.test(id) ? { id, external: true } : undefined,
  }
}
