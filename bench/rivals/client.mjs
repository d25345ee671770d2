/** A small HTTP client: one connection that is kept, the cookies of a session, and every answer looked at. */
import { Agent, request } from 'node:http'

const HEADERS = {
  accept: 'application/json',
  'user-agent':
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36',
}

export function openConnection() {
  return new Agent({ keepAlive: true, maxSockets: 1 })
}

/**
 * @param {{ agent: Agent, port: number, path: string, cookie?: string }} what
 * @returns {Promise<{ status: number, body: any, cookie: string | undefined, ms: number }>}
 */
export function get({ agent, port, path, cookie }) {
  return new Promise((resolve, reject) => {
    const start = performance.now()
    const headers = cookie ? { ...HEADERS, cookie } : HEADERS
    const asked = request({ agent, host: '127.0.0.1', port, path, headers }, answer => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', chunk => {
        text += chunk
      })
      answer.on('end', () => {
        const ms = performance.now() - start
        const set = answer.headers['set-cookie']?.map(each => each.split(';')[0]).join('; ')
        resolve({ status: answer.statusCode, body: parsed(text), cookie: set ?? cookie, ms })
      })
      answer.on('error', reject)
    })
    asked.on('error', reject)
    asked.end()
  })
}

function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return { text }
  }
}

/** A session as the client sees it: its cookie, and how many visits it must have. */
export async function newSession(connection, path) {
  const first = await get({ ...connection, path })
  if (first.status !== 200 || !first.cookie) {
    throw new Error(`no session from ${path}: ${first.status} ${JSON.stringify(first.body)}`)
  }
  return { cookie: first.cookie, visits: first.body.visits }
}
