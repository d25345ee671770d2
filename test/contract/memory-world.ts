import type { World } from '../../src/contract/index.ts'
import { MemoryStore } from '../../src/memory/memory-store.ts'
import { MemorySpace } from '../../src/memory/space.ts'

/** Stores that share a space, on a clock that stands still until it is told to go on. */
export function memoryWorld(): World {
  let now = 1_700_000_000_000
  const space = new MemorySpace(() => now)
  const stores = new Map<number, MemoryStore>()
  return {
    store(n) {
      const store = stores.get(n) ?? new MemoryStore(space)
      stores.set(n, store)
      return store
    },
    advance(ms) {
      now += ms
    },
    close: async () => void (await Promise.all([...stores.values()].map(store => store.close()))),
  }
}
