import { createServer, type Server, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'

/** A server of node:http for a handler of a `Request`, as the servers of fetch frameworks are. It reads no body. */
export function bridge(handler: (request: Request) => Response | Promise<Response>): Server {
  return createServer(async (req, res) => {
    const gone = new AbortController()
    res.once('close', () => gone.abort())
    const headers = new Headers(
      Object.entries(req.headers).map(([name, value]) => [name, String(value)] as [string, string]),
    )
    const init = { method: req.method ?? 'GET', headers, signal: gone.signal }
    try {
      await send(res, await handler(new Request(`http://${req.headers.host}${req.url}`, init)))
    } catch (thrown) {
      if (thrown instanceof Response) await send(res, thrown)
      else res.writeHead(500).end('thrown')
    }
  })
}

async function send(res: ServerResponse, response: Response): Promise<void> {
  res.statusCode = response.status
  for (const [name, value] of response.headers) res.appendHeader(name, value)
  if (response.body) Readable.fromWeb(response.body as never).pipe(res)
  else res.end()
}
