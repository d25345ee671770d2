import { type IncomingMessage, request, type ServerResponse } from 'node:http'
import express, { type Express } from 'express'
import type { Sessions } from 'latchkey'
import { session } from 'latchkey/express'

/** What both pages know of a visitor. What PHP calls an empty array is a list here. */
interface Visitor {
  cart?: Record<string, number> | []
}

const visitorOf = (req: express.Request) => req.session as unknown as Visitor

/**
 * The shop while it moves: `/new` has moved to Node, and `/old` is PHP's still. One cookie and one session for both.
 *
 * @param php where the PHP server is
 */
export function createShop(sessions: Sessions, php: URL): Express {
  const app = express()
  app.disable('x-powered-by')
  // In front of the session: a request that PHP serves must not hold the lock that PHP waits for.
  app.use('/old', (req, res) => forward(req, res, php))
  app.use(express.urlencoded({ extended: false }))
  app.use(session({ sessions }))

  app.get('/', (_req, res) => res.redirect('/new'))
  app.get('/new', (req, res) => void res.send(page(visitorOf(req).cart ?? {})))
  app.post('/new', (req, res) => {
    const visitor = visitorOf(req)
    const cart = Object.fromEntries(Object.entries(visitor.cart ?? {}))
    visitor.cart = { ...cart, cup: (cart.cup ?? 0) + 1 }
    res.redirect(303, '/new')
  })
  return app
}

/** As the proxy in front of a shop does: headers and bodies go through as they are. */
function forward(req: IncomingMessage & { originalUrl: string }, res: ServerResponse, php: URL): void {
  const { method, headers, originalUrl: path } = req
  const asked = request(php, { method, headers, path }, answer => {
    res.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(res)
  })
  asked.on('error', () => {
    if (!res.headersSent) res.writeHead(502)
    res.end('PHP does not answer.')
  })
  req.pipe(asked)
}

function page(cart: object): string {
  const lines = Object.entries(cart).map(
    ([name, quantity]) => `<li>${Number(quantity)} × ${inHtml(name)}</li>`,
  )
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>New page</title>
<h1>The new page, by Node ${process.version}</h1>
<p>Your cart:</p>
<ul>
${lines.join('\n')}
</ul>
<form method="post" action="/new"><button>Add a cup</button></form>
<p><a href="/old">To the old page</a></p>
</html>
`
}

function inHtml(text: string): string {
  return text.replace(/[&<>"']/g, each => `&#${each.charCodeAt(0)};`)
}
