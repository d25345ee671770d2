import type { Server } from 'node:http'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Answer {
  status: number
  headers: NodeJS.Dict<string | string[]>
  text: string
}

export interface Asked {
  method?: string
  cookie?: string | undefined
  headers?: Record<string, string>
}

/** On a free port of the loopback address. */
export async function listen(server: Server): Promise<number> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** One request on a connection of its own. Rejects if the connection breaks before the answer is whole. */
export function ask(
  port: number,
  path: string,
  { method = 'GET', cookie, headers = {} }: Asked = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        path,
        method,
        agent: false,
        headers: { ...headers, ...(cookie ? { cookie } : {}) },
      },
      res => {
        let text = ''
        res.setEncoding('utf8')
        res.on('data', chunk => {
          text += chunk
        })
        res.on('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, text }))
        res.on('error', reject)
        res.on('aborted', () => reject(new Error('the answer was cut off')))
      },
    )
    sent.on('error', reject)
    sent.end()
  })
}

/** The cookies that an answer sets, as a request sends them. */
export function cookieOf({ headers }: Answer): string | undefined {
  const set = headers['set-cookie']
  return Array.isArray(set) ? set.map(cookie => cookie.split(';')[0]).join('; ') : undefined
}
