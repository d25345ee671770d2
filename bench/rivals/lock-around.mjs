/**
 * What somebody who locks sessions with a lock library writes around express-session: the lock is taken before session()
 * reads, and given back once express-session has stored the session and the response is out.
 */
import { parse } from 'cookie'
import { unsign } from 'cookie-signature'

export const SECRET = 'keyboard cat'

/** ms that a request may wait: Latchkey's breakAfter and failAfter together, so that all are equally patient. */
export const PATIENCE = 45_000

/** express-session's own name, and the prefix of a signed value. */
const COOKIE = 'connect.sid'
const SIGNED = 's:'

/** @param {(key: string) => Promise<() => unknown>} take resolves to what releases the lock */
export function lockAround(take) {
  return (req, res, next) => {
    const sid = sessionIdOf(req)
    // A visitor without a session shares it with nobody.
    if (!sid) {
      next()
      return
    }
    take(`lock:${sid}`).then(release => {
      let held = true
      const end = () => {
        if (!held) return
        held = false
        Promise.resolve(release()).catch(error => console.error('not released:', error.message))
      }
      res.once('finish', end)
      res.once('close', end)
      if (res.closed) end()
      else next()
    }, next)
  }
}

function sessionIdOf(req) {
  const value = parse(req.headers.cookie ?? '')[COOKIE]
  return value?.startsWith(SIGNED) ? unsign(value.slice(SIGNED.length), SECRET) : false
}

/** Seconds; connect-redis' default. */
const LIFETIME = 86_400

/** The same without Express: lock, GET, and then SET and unlock, on the client that the store has. */
export function handsWith(take, client) {
  const store = (id, data) =>
    client.set(`sess:${id}`, JSON.stringify(data), { expiration: { type: 'EX', value: LIFETIME } })
  return {
    create: store,
    async take(id) {
      const release = await take(`lock:${id}`)
      const data = JSON.parse(await client.get(`sess:${id}`))
      const commit = async () => {
        await store(id, data)
        await release()
      }
      return { data, commit }
    },
  }
}
