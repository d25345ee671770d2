import type { Compressor } from 'latchkey/codec'
import type { Group, Input } from './input/input.ts'
import { type Candidate, candidatesOf, type Unavailable } from './measure/candidates.ts'
import { type Failed, type Measured, measureGroup, type Pace } from './measure/measure.ts'
import { cutToSizes } from './measure/sizes.ts'
import { randomFrom } from './random.ts'

/** Raw results: what was measured, before anything follows from it. */
export interface Measurements {
  readonly groups: readonly { group: Group; figures: readonly Measured[] }[]
  readonly sizes: readonly { size: number; figures: readonly Measured[] }[]
  readonly candidates: readonly Candidate[]
  readonly failed: readonly Failed[]
  readonly unavailable: readonly Unavailable[]
}

export interface RunOptions {
  readonly input: Input
  readonly compressors: readonly Compressor[]
  /** Measured beside them, and never recommended. */
  readonly compared: readonly Candidate[]
  readonly plan: Plan
  readonly seed: number
  readonly show: (share: number, what: string) => void
}

/** Milliseconds of pure measuring, for groups and for sizes; warming up comes on top. */
export interface Plan {
  readonly groups: { readonly time: number; readonly rounds: number }
  readonly sizes: { readonly time: number; readonly rounds: number }
}

export const FULL: Plan = { groups: { time: 19_000, rounds: 8 }, sizes: { time: 5000, rounds: 4 } }
export const QUICK: Plan = { groups: { time: 2500, rounds: 5 }, sizes: { time: 700, rounds: 3 } }

/** Measures all groups, and then all sizes for the threshold. Who fails anywhere is nowhere in the results. */
export async function measureAll({
  input,
  compressors,
  compared,
  plan,
  seed,
  show,
}: RunOptions): Promise<Measurements> {
  const { candidates, unavailable } = candidatesOf(compressors)
  const sizes = cutToSizes(input.groups, randomFrom(seed))
  const all = [...candidates, ...compared]
  const steps =
    all.length * input.groups.length * (plan.groups.rounds + 1) +
    candidates.length * sizes.length * (plan.sizes.rounds + 1)
  let done = 0
  const step = (what: string) => show(done++ / steps, what)
  const failed = new Map<Candidate, Failed>()

  const measure = async (group: Group, those: readonly Candidate[], pace: Pace): Promise<Measured[]> => {
    const results = await measureGroup(
      group,
      those.filter(candidate => !failed.has(candidate)),
      pace,
      step,
    )
    return results.filter((result): result is Measured => {
      if ('failed' in result) failed.set(result.candidate, result)
      return !('failed' in result)
    })
  }
  const paceOf = ({ time, rounds }: { time: number; rounds: number }, groups: number): Pace => ({
    rounds,
    slice: time / Math.max(1, groups * candidates.length * rounds),
  })

  const groups: { group: Group; figures: Measured[] }[] = []
  for (const group of input.groups) {
    groups.push({ group, figures: await measure(group, all, paceOf(plan.groups, input.groups.length)) })
  }
  const cut: { size: number; figures: Measured[] }[] = []
  for (const group of sizes) {
    const figures = await measure(
      { ...group, name: `cut to ${group.name} bytes` },
      candidates,
      paceOf(plan.sizes, sizes.length),
    )
    cut.push({ size: Number(group.name), figures })
  }
  const sound = <T extends { figures: Measured[] }>(all: T[]) =>
    all.map(one => ({ ...one, figures: one.figures.filter(({ candidate }) => !failed.has(candidate)) }))
  return {
    groups: sound(groups),
    sizes: sound(cut),
    candidates: candidates.filter(candidate => !failed.has(candidate)),
    failed: [...failed.values()],
    unavailable,
  }
}
