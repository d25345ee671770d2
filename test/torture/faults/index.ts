import { type Round, type RoundOptions, round } from '../round.ts'
import { openCluster } from '../topologies/cluster.ts'
import { openSentinel } from '../topologies/sentinel.ts'
import { openSingle } from '../topologies/single.ts'
import type { Opening, Topology } from '../topologies/topology.ts'
import { CLOCK_FAULTS } from './clock.ts'
import { CLUSTER_FAULTS } from './cluster.ts'
import { CROWD_FAULTS } from './crowds.ts'
import type { Fault } from './fault.ts'
import { HANDED_FAULTS, PROCESS_FAULTS } from './processes.ts'
import { SENTINEL_FAULTS } from './sentinel.ts'
import { SERVER_FAULTS } from './server.ts'
import { WIRE_FAULTS } from './wires.ts'

/** A fault on a topology. */
export interface Trial {
  name: string
  round(options: RoundOptions): Promise<Round>
}

const calm: Fault = { name: 'none', strike: async () => true }

function trials<T extends Topology>(topology: string, open: Opening<T>, faults: Fault<T>[]): Trial[] {
  return [calm, ...PROCESS_FAULTS, ...faults].map(fault => {
    const name = `${topology}${fault.name}`
    return { name, round: options => round(open, { ...fault, name }, options) }
  })
}

export const TRIALS: readonly Trial[] = [
  ...trials('', openSingle, [
    ...HANDED_FAULTS,
    ...WIRE_FAULTS,
    ...SERVER_FAULTS,
    ...CLOCK_FAULTS,
    ...CROWD_FAULTS,
  ]),
  ...trials('Sentinel: ', openSentinel, SENTINEL_FAULTS),
  ...trials('Cluster: ', openCluster, CLUSTER_FAULTS),
]

export function trialsNamed(text: string): Trial[] {
  return TRIALS.filter(({ name }) => name.toLowerCase().includes(text.toLowerCase()))
}

export function trialNamed(name: string): Trial {
  const trial = TRIALS.find(each => each.name === name)
  if (!trial) throw new Error(`no fault is named ${JSON.stringify(name)}`)
  return trial
}
