import type { Redis } from 'ioredis'
import type { OptionsInput } from '../../../src/index.ts'

/** The Redis that is tortured: one server, a master that sentinels watch, or a cluster. */
export interface Topology {
  /** How a process finds it: the one in the place of this number, or, without one, somebody past every wire. */
  redisOf(place?: number): OptionsInput['redis']
  /** The servers that keys are stored at now. Not under load, and past every wire. */
  masters(): Promise<Redis[]>
  masterOf(key: string): Promise<Redis>
  stop(): Promise<void>
}

/** Starts one for so many places. */
export type Opening<T extends Topology> = (places: number) => Promise<T>
