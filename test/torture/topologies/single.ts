import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Server } from '../server.ts'
import { Wire } from '../wire.ts'
import type { Topology } from './topology.ts'

/** One server, and a wire to it for each place. */
export interface Single extends Topology {
  readonly server: Server
  readonly wires: Wire[]
}

export async function openSingle(places: number): Promise<Single> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-single-'))
  const server = new Server(folder)
  await server.start()
  const wires = await Promise.all(
    Array.from({ length: places }, (_, n) => new Wire(join(folder, `wire-${n}.sock`), server.path).open()),
  )
  return {
    server,
    wires,
    redisOf: place => ({ url: `unix://${(place === undefined ? server : (wires[place] ?? server)).path}` }),
    masters: async () => [server.admin],
    masterOf: async () => server.admin,
    async stop() {
      for (const wire of wires) wire.close()
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
