import { Readable } from 'node:stream'
import { fetchSessions } from '../../../src/fetch/index.ts'
import { bridge } from '../../support/fetch-bridge.ts'
import { type Framework, pathOf, type Reply, requestOptions } from '../framework.ts'

export const fetchFramework: Framework = {
  name: 'fetch',
  freeOnceGone: false,
  changesLate: false,
  redirectToThrow: location => Response.redirect(`http://shop.test${location}`, 303),
  build(sessions, routes, { maxAge, ...settings }) {
    const { access, logout } = requestOptions(routes)
    const session = fetchSessions<Record<string, unknown>>(sessions, {
      ...settings,
      cookie: { maxAge },
      access: ({ url }) => access(pathOf(url)),
      logout: ({ url }) => logout(pathOf(url)),
    })
    const answer = async ({ url }: Request) => {
      const route = routes[pathOf(url)]
      return route ? responseOf(await route.handle(await session())) : new Response('?', { status: 404 })
    }
    return { server: bridge(request => session.run(request, () => answer(request))) }
  },
}

/** A redirect is immutable, as `Response.redirect` makes it. */
export function responseOf(reply: Reply): Response {
  if (typeof reply === 'string') return new Response(reply)
  if ('text' in reply) return new Response(reply.text, { headers: { 'set-cookie': reply.cookie } })
  if ('redirect' in reply) return Response.redirect(`http://shop.test${reply.redirect}`, 303)
  return new Response(Readable.toWeb(Readable.from(encoded(reply.stream))) as ReadableStream)
}

async function* encoded(texts: AsyncIterable<string>): AsyncIterable<Uint8Array> {
  for await (const text of texts) yield new TextEncoder().encode(text)
}
