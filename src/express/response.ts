import type { ServerResponse } from 'node:http'
import { setCookieWithHeaders } from '../http/cookie-header.ts'
import type { Ended } from '../http/ended.ts'
import { beforeEnd } from '../http/paused-response.ts'
import type { Visit } from '../http/visit.ts'

/**
 * Ends the visit before the headers of its response leave. Headers that leave earlier, in front of a stream, take the cookie
 * along as far as it is known by then.
 *
 * @param onError answers in place of the response that was about to go out. Nothing of that one has been sent
 */
export function endWithResponse(
  res: ServerResponse,
  visit: Visit,
  finish: () => Promise<Ended>,
  onError: (error: unknown) => void,
): void {
  let ended: Ended | undefined
  let called = false

  setCookieWithHeaders(res, () => (called ? ended?.cookie : visit.leave()))

  beforeEnd(
    res,
    async () => {
      called = true
      ended = await finish()
    },
    onError,
  )
}
