// The built site as a plain file server has it: /page is page.html.
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { ROOT } from '../support/pages.ts'

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
}

export interface Site {
  readonly url: string
  stop(): Promise<void>
}

export async function serveSite(): Promise<Site> {
  const folder = join(ROOT, 'site/dist')
  await readFile(join(folder, 'index.html')).catch(() => {
    throw new Error('The site is not built: npm run docs')
  })
  const server = createServer(async (req, res) => {
    const path = normalize(decodeURIComponent(new URL(req.url ?? '/', 'http://site').pathname))
    const file = path.endsWith('/') ? `${path}index.html` : extname(path) ? path : `${path}.html`
    const body = await readFile(join(folder, file)).catch(() => undefined)
    if (body) res.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream')
    else res.statusCode = 404
    res.end(body)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
