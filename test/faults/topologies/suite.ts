// What must hold wherever Redis is.

import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createStorefront } from '../../../examples/storefront/app.ts'
import { memoryStore } from '../../../examples/storefront/rival.ts'
import { loadOptions } from '../../../src/config/load.ts'
import { storeContract } from '../../../src/contract/index.ts'
import { createSessions, type OptionsInput } from '../../../src/index.ts'
import { createClient } from '../../../src/redis/client.ts'
import { redisWorld } from '../../contract/redis-world.ts'
import { ask, cookieOf, listen } from '../../support/http.ts'
import { HUMAN } from '../../support/sessions.ts'
import { expressPromises } from './express-promises.ts'

export interface Topology {
  /** The documented configuration; its secrets are in this process's environment. */
  readonly config: OptionsInput
  /** Removes every key. */
  flush(): Promise<void>
  stop(): Promise<void>
}

/** The user of the documented rights may touch no other prefix. */
const PREFIX = 'sess_'

export function holdsOn(
  name: string,
  start: () => Promise<Topology>,
  more?: (at: () => Topology) => void,
): void {
  describe(name, () => {
    let topology: Topology

    beforeAll(async () => {
      topology = await start()
    })
    afterAll(() => topology?.stop())

    describe('the express store', () => expressPromises(() => topology.config))

    test('two hundred visits at once after a first one are all answered, and all counted', async () => {
      await topology.flush()
      const shop = await storefront(topology.config)
      try {
        const headers = { 'user-agent': HUMAN }
        const first = await ask(shop.port, '/visits', { headers })
        expect(first.text).toBe('1')
        const cookie = cookieOf(first)
        const statuses: number[] = []
        let left = 200
        const lane = async () => {
          while (left-- > 0) statuses.push((await ask(shop.port, '/visits', { headers, cookie })).status)
        }
        await Promise.all(Array.from({ length: 50 }, lane))
        expect(statuses).toEqual(Array(200).fill(200))
        expect((await ask(shop.port, '/visits', { headers, cookie })).text).toBe('202')
      } finally {
        await shop.close()
      }
    })

    more?.(() => topology)
  })
}

/** For `more` of `holdsOn`. */
export function contractHolds(at: () => Topology): void {
  describe('the contract of the store', () => {
    const makeWorld = async () => {
      await at().flush()
      const { redis } = await loadOptions(at().config)
      const world = redisWorld(() => createClient(redis), { prefix: PREFIX })
      // Some promises are about milliseconds: finding a master or the slots must not be counted in.
      await Promise.all([1, 2, 3].map(n => world.store(n).ping()))
      return world
    }
    for (const { name, run } of storeContract(makeWorld)) test(name, run)
  })
}

async function storefront(config: OptionsInput): Promise<{ port: number; close(): Promise<void> }> {
  const sessions = await createSessions({ logLevel: 'silent', ...config })
  const app = createStorefront({ sessions, rival: memoryStore('s'), secret: 's' })
  const server = createServer(app)
  const port = await listen(server)
  return {
    port,
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
      await sessions.close({ grace: 0 })
    },
  }
}
