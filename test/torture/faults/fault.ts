import type { Lab } from '../lab.ts'
import type { Topology } from '../topologies/topology.ts'
import type { Place } from '../workers.ts'

/** One way to hurt a running system, and to let it recover. */
export interface Fault<T extends Topology = Topology> {
  name: string
  /** Once, and back to normal at the end. Answers false where there was nothing to hurt at the moment. */
  strike(lab: Lab<T>): Promise<boolean>
}

/** Resolves to the first answer, asked for again and again; undefined after `ms`. */
export async function seek<T>(
  ask: () => Promise<T | undefined> | T | undefined,
  ms = 1000,
): Promise<T | undefined> {
  for (const end = performance.now() + ms; performance.now() < end; await soon()) {
    const found = await ask()
    if (found !== undefined) return found
  }
  return undefined
}

function soon(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, 2))
}

/** The process of this token, `host|pid|…`, if it is one of the lab's. */
export function placeOf(lab: Lab, token: string | undefined): Place | undefined {
  const pid = Number(token?.split('|')[1])
  return lab.places.find(place => place.pid === pid)
}
