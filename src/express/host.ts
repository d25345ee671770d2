import type { Host, SessionRequest } from './request-session.ts'

const hosts = new WeakMap<SessionRequest, Host>()

/** What the middleware knows of this request; undefined where it has no session. */
export function hostOf(req: SessionRequest): Host | undefined {
  return hosts.get(req)
}

export function remember(host: Host): void {
  hosts.set(host.req, host)
}
