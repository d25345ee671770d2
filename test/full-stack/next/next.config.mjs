import { dirname } from 'node:path'

const root = dirname(import.meta.dirname)

export default {
  serverExternalPackages: ['latchkey'],
  // Where node_modules is.
  turbopack: { root },
  outputFileTracingRoot: root,
}
