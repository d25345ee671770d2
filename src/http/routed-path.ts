/** What Express adds to a request. `route` is there once a route has been found: for middleware of that route alone. */
export interface Routed {
  route?: { path?: unknown }
  /** Where the router of this route is mounted. */
  baseUrl?: string
}

/** The pattern of the route where Express knows it: others are told that in place of the path, which may hold a secret. */
export function routedPath({ route, baseUrl = '' }: Routed): string | undefined {
  return typeof route?.path === 'string' ? `${baseUrl}${route.path}` : undefined
}
