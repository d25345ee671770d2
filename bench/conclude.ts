import type { Input } from './input/input.ts'
import { type Cost, costOf, meanCost, PURPOSES, type Purpose } from './judge/cost.ts'
import { RECORD_OVERHEAD } from './judge/memory.ts'
import { alike, NOISY, noiseOf, type Rounds, spreadShare } from './judge/noise.ts'
import { reasonOf } from './judge/reason.ts'
import { type Choice, choose, configOf, type Judged } from './judge/recommend.ts'
import type { Network } from './judge/request.ts'
import { type Point, paysFrom } from './judge/threshold.ts'
import type { Machine } from './machine.ts'
import type { Candidate } from './measure/candidates.ts'
import type { Measured } from './measure/measure.ts'
import { mean } from './measure/statistics.ts'
import type { GroupResult, Recommendation, Result, Row, ThresholdResult } from './report/result.ts'
import type { Measurements } from './run.ts'
import { count, msText, percent } from './units.ts'

/** All that follows from the measurements. Pure. */
export function conclude(
  input: Input,
  measured: Measurements,
  network: Network,
  machine: Machine,
  quick: boolean,
): Result {
  const world = { network, overhead: input.server?.overhead }
  const cost = (figures: Measured) => costOf(figures, world)
  const groups = measured.groups.map(({ group, figures }): GroupResult => {
    const bytes = mean(group.sessions.map(({ length }) => length))
    return {
      name: group.name,
      share: group.share,
      sessions: group.sessions.length,
      bytes,
      rows: figures.map(one => rowOf(one, bytes, cost(one))),
    }
  })
  const pointsOf = (candidate: Candidate): Point[] =>
    measured.sizes.flatMap(({ size, figures }) => {
      const [own, plain] = [find(figures, candidate), figures.find(one => !one.candidate.compressor)]
      return own && plain ? [{ size, compressed: cost(own), plain: cost(plain) }] : []
    })
  const judged = measured.candidates.map((candidate): Judged & { points: Point[]; candidate: Candidate } => {
    const points = pointsOf(candidate)
    return {
      name: candidate.name,
      library: candidate.library,
      level: candidate.level,
      costs: measured.groups.map(({ figures }) => cost(find(figures, candidate) as Measured)),
      from: perPurpose(purpose => paysFrom(points, purpose)),
      points,
      candidate,
    }
  })
  const plain = judged.find(({ candidate }) => !candidate.compressor) as Judged
  const libraries = judged.filter(({ candidate }) => candidate.compressor)
  const choices = PURPOSES.map(purpose => choose(purpose, plain, libraries, groups))
  return {
    machine,
    input: {
      source: input.source,
      notes: input.notes,
      sessions: groups.reduce((sum, { sessions }) => sum + sessions, 0),
      bytes: groups.reduce((sum, { sessions, bytes }) => sum + sessions * bytes, 0),
    },
    network,
    recordOverhead: world.overhead ?? RECORD_OVERHEAD,
    groups,
    thresholds: libraries.map(thresholdOf),
    recommendations: choices.map(recommendationOf),
    failed: measured.failed.map(({ candidate, failed }) => ({ name: candidate.name, failed })),
    unavailable: measured.unavailable,
    warnings: warningsOf(groups, libraries, machine, quick),
  }
}

function find(figures: readonly Measured[], candidate: Candidate): Measured | undefined {
  return figures.find(one => one.candidate === candidate)
}

function perPurpose<T>(of: (purpose: Purpose) => T): Record<Purpose, T> {
  return { fastest: of('fastest'), smallest: of('smallest'), balanced: of('balanced') }
}

function rowOf(figures: Measured, bytes: number, { wire, memory, request }: Cost): Row {
  const { candidate, stored, in: into, out, block, trips } = figures
  const { name, library, level } = candidate
  const both = { p50: into.p50 + out.p50, low: into.low + out.low, high: into.high + out.high }
  return {
    ...{ name, library, level, stored, ratio: stored / bytes, in: into, out },
    ...{ spread: spreadShare(both), block, trips, wire, memory, request },
  }
}

function thresholdOf(judged: Judged & { points: Point[]; candidate: Candidate }): ThresholdResult {
  const { name, library, level, from, points, candidate } = judged
  return {
    ...{ name, library, level, usual: candidate.usual },
    from: perPurpose(purpose => from[purpose] ?? null),
    points: points.map(({ size, compressed, plain }) => ({
      size,
      compressed: { request: compressed.request, memory: compressed.memory },
      plain: { request: plain.request, memory: plain.memory },
    })),
  }
}

function recommendationOf(choice: Choice): Recommendation {
  const { purpose, name, cost } = choice
  return {
    ...{ purpose, name, reason: reasonOf(choice), config: configOf(choice) },
    ...{ request: cost.request, memory: cost.memory },
  }
}

function warningsOf(
  groups: readonly GroupResult[],
  judged: readonly (Judged & { candidate: Candidate })[],
  { load, cores }: Machine,
  quick: boolean,
): string[] {
  const noise = noiseOf(
    groups.flatMap(({ rows }) => rows.map(({ spread }) => spread)).filter(share => share > 0),
  )
  const rounds = judged
    .filter(({ candidate }) => candidate.usual)
    .map(({ name, library, costs }): Rounds => {
      const { requestLow, requestHigh } = meanCost(
        groups.map(({ share }, at) => ({ share, cost: costs[at] as Cost })),
      )
      return { name, library, low: requestLow, high: requestHigh }
    })
  const range = ({ low, high }: Rounds) => `${msText(low)} to ${msText(high)}`
  return [
    ...(load > cores
      ? [`This machine was busy before the run: a load of ${load} on ${count(cores, 'core')}.`]
      : []),
    ...(noise > NOISY
      ? [
          `This machine was noisy: the rounds of a measurement lie up to ${percent(noise)} apart. ${quick ? 'Measure without --quick, and' : 'Measure again'} when it has less to do.`,
        ]
      : []),
    ...alike(rounds).map(
      ([one, other]) =>
        `${one.name} and ${other.name} cannot be told apart in time: their rounds overlap (requests of ${range(one)}, and of ${range(other)}).`,
    ),
  ]
}
