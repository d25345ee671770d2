import type { ServerResponse } from 'node:http'
import onHeaders from 'on-headers'

/**
 * Sets the cookie when the headers of a response leave, no matter what writes them: what handles an error may have cleared those that
 * were set before.
 *
 * @param cookie the value of `Set-Cookie`, asked for once
 */
export function setCookieWithHeaders(res: ServerResponse, cookie: () => string | undefined): void {
  onHeaders(res, () => {
    const set = cookie()
    if (set !== undefined) res.appendHeader('Set-Cookie', set)
  })
}
