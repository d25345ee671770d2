import { CLOCK_FAULTS } from './clock.ts'
import type { Fault } from './fault.ts'
import { PROCESS_FAULTS } from './processes.ts'
import { SERVER_FAULTS } from './server.ts'
import { WIRE_FAULTS } from './wires.ts'

const calm: Fault = { name: 'none', strike: async () => true }

export const FAULTS: readonly Fault[] = [
  calm,
  ...PROCESS_FAULTS,
  ...WIRE_FAULTS,
  ...SERVER_FAULTS,
  ...CLOCK_FAULTS,
]

export function faultsNamed(text: string): Fault[] {
  return FAULTS.filter(({ name }) => name.toLowerCase().includes(text.toLowerCase()))
}
