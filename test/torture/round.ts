import { setTimeout as pause } from 'node:timers/promises'
import { check } from './checker.ts'
import type { Fault } from './faults/fault.ts'
import type { Line } from './history.ts'
import { Lab, type LabOptions, LIMITS } from './lab.ts'
import { MS, type Violation } from './rules/rule.ts'
import type { Story } from './story.ts'
import type { Opening, Topology } from './topologies/topology.ts'

export interface RoundOptions extends LabOptions {
  /** How long the load lasts. */
  ms: number
  signal?: AbortSignal
}

export interface Round {
  fault: string
  seed: number | string
  /** Times that the fault struck. */
  struck: number
  operations: number
  commits: Record<'written' | 'refused' | 'unknown', number>
  opens: Record<string, number>
  /** Locks taken from a holder that was too slow, dead or lapsed. */
  taken: number
  /** Milliseconds of the slowest answer to an open. */
  longest: number
  violations: Violation[]
  lines: Line[]
}

const LONGER_MS = 15_000

/** Load, one kind of fault, recovery, and the checker's verdict. */
export async function round<T extends Topology>(
  open: Opening<T>,
  fault: Fault<T>,
  { ms, signal, ...options }: RoundOptions,
): Promise<Round> {
  const lab = await Lab.open(open, options)
  try {
    const end = performance.now() + ms
    let struck = 0
    // A short round may meet nobody whom its fault could hurt.
    const isOver = () => performance.now() >= (struck > 0 ? end : end + LONGER_MS) || signal?.aborted
    while (!isOver()) {
      await pause(lab.random.between(200, 700))
      if (!isOver() && (await fault.strike(lab))) struck += 1
    }
    const { lines, rest, late } = await lab.rest()
    const { story, violations } = check(lines, rest, LIMITS)
    for (const process of late) {
      const why = `${process} did not end when it was asked to`
      violations.push({ promise: 'every call is answered', session: '', why, history: [] })
    }
    return { fault: fault.name, seed: options.seed, struck, ...figures(story), violations, lines }
  } finally {
    await lab.close()
  }
}

function figures({ opens, commits, destroys, tooks }: Story) {
  const counted = { written: 0, refused: 0, unknown: 0 }
  for (const { outcome } of commits) counted[outcome] += 1
  const outcomes: Record<string, number> = {}
  let longest = 0
  for (const { outcome = 'in flight', call, end = call } of opens) {
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
    longest = Math.max(longest, (end - call) / MS)
  }
  const operations = opens.length + commits.length + destroys.length
  return { operations, commits: counted, opens: outcomes, taken: tooks.length, longest }
}
