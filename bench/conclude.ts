import type { Input } from './input/input.ts'
import { type Cost, costOf, meanCost, PURPOSES, type Purpose, withThreshold } from './judge/cost.ts'
import { RECORD_OVERHEAD } from './judge/memory.ts'
import { alike, NOISY, noiseOf, type Rounds, spreadShare } from './judge/noise.ts'
import { reasonOf } from './judge/reason.ts'
import { type Choice, choose, configOf, type Judged, mixOf, SHIPPED } from './judge/recommend.ts'
import type { Network } from './judge/request.ts'
import { type Point, paysFrom } from './judge/threshold.ts'
import { verdictOf } from './judge/verdict.ts'
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
      costs: threshold =>
        measured.groups.map(({ group, figures }) => {
          const lengths = group.sessions.map(({ length }) => length)
          return costOf(withThreshold(find(figures, candidate) as Measured, lengths, threshold), world)
        }),
      from: perPurpose(purpose => paysFrom(points, purpose)),
      points,
      candidate,
    }
  })
  const plain = judged.find(({ candidate }) => !candidate.compressor) as Judged
  const libraries = judged.filter(({ candidate }) => candidate.compressor)
  const shares = groups.map(({ share }) => share)
  const choices = PURPOSES.map(purpose => choose(purpose, plain, libraries, shares))
  const shipped = libraries.find(({ library }) => library === SHIPPED.library)
  const balanced = choices.find(({ purpose }) => purpose === 'balanced') as Choice
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
    verdict: verdictOf(balanced, shipped && mixOf(shipped.costs(SHIPPED.threshold), shares)),
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
  const rounds = judged
    .filter(({ candidate }) => candidate.usual)
    .map(({ name, library, costs }): Rounds => {
      const each = costs(0)
      const { requestLow, requestHigh } = meanCost(
        groups.map(({ share }, at) => ({ share, cost: each[at] as Cost })),
      )
      return { name, library, low: requestLow, high: requestHigh }
    })
  const range = ({ low, high }: Rounds) => `${msText(low)} to ${msText(high)}`
  return [
    ...(load > cores
      ? [`This machine was busy before the run: a load of ${load} on ${count(cores, 'core')}.`]
      : []),
    ...noiseWarning(groups, quick),
    ...alike(rounds).map(
      ([one, other]) =>
        `${one.name} and ${other.name} cannot be told apart in time: their rounds overlap (requests of ${range(one)}, and of ${range(other)}).`,
    ),
  ]
}

function noiseWarning(groups: readonly GroupResult[], quick: boolean): string[] {
  const noisy = groups
    .map(({ name, rows }) => ({
      name,
      noise: noiseOf(rows.map(({ spread }) => spread).filter(share => share > 0)),
    }))
    .filter(({ noise }) => noise > NOISY)
  if (noisy.length === 0) return []
  const most = percent(Math.max(...noisy.map(({ noise }) => noise)))
  const where =
    noisy.length === groups.length ? 'all groups' : noisy.map(({ name }) => `“${name}”`).join(', ')
  return [
    `This machine was noisy: the rounds of a measurement lie up to ${most} apart (${where}). ${quick ? 'Measure without --quick, and' : 'Measure again'} when it has less to do.`,
  ]
}
