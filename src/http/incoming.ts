import { type Door, described, type Incoming, isLasting, pathOf, type RequestOptions } from './door.ts'

/** What a framework knows of a request. */
export interface Facts extends Pick<Incoming, 'cookie' | 'userAgent' | 'secure' | 'signal'> {
  method: string | undefined
  host: string | null | undefined
  /** With the query. A proxy may ask for a whole address. */
  url: string
  /** The pattern of the route where it is known by now: others are told that in place of the path, which may hold a secret. */
  route?: string | undefined
  /** The header `Upgrade`. A web socket may last for hours: it only reads. */
  upgrade: string | null | undefined
}

/**
 * A request after what the application says about it; undefined where it has no session: outside of the cookie's path, too.
 *
 * @param own access that the route itself asks for; it goes before the option's
 */
export function incomingOf<Request>(
  door: Door,
  options: RequestOptions<Request>,
  request: Request,
  { method, host, url, route, upgrade, ...facts }: Facts,
  own?: Incoming['access'] | false,
): Incoming | undefined {
  const path = pathOf(url)
  if (!path.startsWith(door.format.options.path ?? '/')) return undefined
  const usual = isLasting(method, path, upgrade, options.sockets) ? 'readonly' : 'exclusive'
  const access = own ?? options.access?.(request) ?? usual
  if (access === false) return undefined
  return {
    ...facts,
    access,
    request:
      options.describe?.(request) ?? described(method, host ?? undefined, route ?? path.replace(/\?.*/, '')),
    logout: options.logout?.(request),
    lock: options.lock?.(request),
    keepsAlive: options.keepsAlive?.(request),
  }
}

/** For servers whose options let them trust a proxy: whether `X-Forwarded-Proto` says HTTPS. The first one counts. */
export function isForwardedSecure(header: string | null | undefined): boolean {
  return header?.split(',')[0]?.trim().toLowerCase() === 'https'
}
