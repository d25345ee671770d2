import type { Overview } from '../../redis/overview.ts'
import type { Foreign } from './source.ts'

/**
 * Sessions of connect-redis in the same Redis: a text each, `<prefix><id>`.
 *
 * @param other is called for each key under the prefix that is something else
 */
export async function* fromConnectRedis(
  overview: Overview,
  seen: (keys: number) => void,
  other: () => void,
): AsyncIterable<Foreign> {
  for await (const names of overview.names('', seen)) {
    for (const { name, kind, ttl } of await overview.glance(names)) {
      if (kind === 'missing') continue
      if (kind !== 'connect-redis') {
        other()
        continue
      }
      const payload = await overview.payload(name)
      if (payload) yield { id: name, json: payload.toString(), ttl }
    }
  }
}
