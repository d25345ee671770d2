import type { Overview } from '../../redis/overview.ts'
import type { Foreign } from './source.ts'

/** Sessions of connect-redis in the same Redis: a text each, `<prefix><id>`. */
export async function* fromConnectRedis(
  overview: Overview,
  seen: (keys: number) => void,
): AsyncIterable<Foreign> {
  for await (const names of overview.names('', seen)) {
    for (const { name, kind, ttl } of await overview.glance(names)) {
      if (kind !== 'connect-redis') continue
      const payload = await overview.payload(name)
      if (payload) yield { id: name, json: payload.toString(), ttl }
    }
  }
}
