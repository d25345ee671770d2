import { bytesText, digits, GB, KB, msText, percent, sizeText } from '../units.ts'
import type { GroupResult, Recommendation, Result, Row } from './result.ts'
import { table, wrapped } from './table.ts'

const WIDTH = 80
const MILLION = 1_000_000

/** For people, in 80 columns. */
export function terminalReport(result: Result): string {
  const sections = [
    about(result),
    ...result.groups.map(groupTable),
    wrapped(
      `p50 and p99 in µs${ofFew(result)}; ± how far the rounds lie apart; block: the longest stop of the event loop (p99); GB: Redis memory for a million such sessions; KB: bytes on the wire, and ms: time that one request spends on its session. A KB is 1024 bytes, a GB 1024³.`,
      WIDTH,
    ),
    thresholds(result),
    troubles(result),
    recommendations(result),
    wrapped(`Verdict: ${result.verdict}`, WIDTH),
  ]
  return `${sections
    .filter(lines => lines.length > 0)
    .map(lines => lines.join('\n'))
    .join('\n\n')}\n`
}

/** A large session makes few round trips in the time there is. */
function ofFew({ groups }: Result): string {
  const trips = groups.flatMap(({ rows }) => rows.filter(({ block }) => block > 0).map(row => row.trips))
  const least = Math.min(...trips)
  return least < 100 ? ` (p99 of fewer than 100 round trips, here ${least} or more, is the slowest)` : ''
}

function about({ machine, input, network, groups }: Result): string[] {
  const { node, redis, processor, cores, memory, system, load, versions } = machine
  const says = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  const link = `${msText(network.rtt)} round trip, ${digits(network.mbit)} Mbit/s`
  return [
    ...field(
      'Sessions',
      `${input.source}; ${bytesText(input.bytes)} in ${groups.length === 1 ? 'one group' : `${groups.length} groups`}`,
    ),
    ...input.notes.flatMap(note => field('', note)),
    ...field(
      'Network',
      `${link} (${network.origin === 'assumed' ? 'assumed: --rtt, --mbit' : network.origin})`,
    ),
    ...field('Machine', `${processor}, ${cores} cores, ${memory}, load ${load}; ${system}`),
    ...field('Versions', [`Node ${node.slice(1)}`, ...(redis ? [`Redis ${redis}`] : []), ...says].join(', ')),
  ]
}

function field(name: string, text: string): string[] {
  const [first = '', ...rest] = wrapped(text, WIDTH, ' '.repeat(10))
  return [name.padEnd(10) + first.trimStart(), ...rest]
}

function groupTable({ name, bytes, share, rows }: GroupResult): string[] {
  return [
    `${name}: ${bytesText(bytes)}, ${percent(share)} of the sessions`,
    ...table(
      [
        ['', 'size', 'in', '', 'out', '', 'in+out', 'block', 'Redis', 'wire', 'request'],
        ['', '%', 'p50', 'p99', 'p50', 'p99', '± %', 'ms', 'GB', 'KB', 'ms'],
      ],
      rows.map(rowCells),
    ),
  ]
}

function rowCells({ name, ratio, in: into, out, spread, block, wire, memory, request }: Row): string[] {
  const idle = into.p50 + out.p50 === 0
  const micro = (ms: number) => (idle ? '–' : brief(ms * 1000))
  return [
    name,
    (100 * ratio).toFixed(1),
    ...[into.p50, into.p99, out.p50, out.p99].map(micro),
    idle ? '–' : (50 * spread).toFixed(0),
    idle ? '–' : block.toFixed(block < 10 ? 2 : 1),
    digits((memory * MILLION) / GB),
    brief(wire / KB),
    request.toFixed(3),
  ]
}

/** Three digits, or as many as there are before the point. */
function brief(number: number): string {
  return number >= 99.95 ? String(Math.round(number)) : number.toFixed(1)
}

function thresholds({ thresholds }: Result): string[] {
  if (thresholds.length === 0) return []
  const cell = (from: number | null) => (from === null ? 'never' : sizeText(from))
  return [
    'Pays from which size on, counting',
    ...table(
      [['', 'time', 'memory', 'both']],
      thresholds.map(({ name, from }) => [
        name,
        cell(from.fastest),
        cell(from.smallest),
        cell(from.balanced),
      ]),
    ),
    ...wrapped(
      'The smallest size from which on every measured one is better compressed. Sessions were cut to 128 bytes, twice that, and so on. “both” is time × memory.',
      WIDTH,
    ),
  ]
}

function troubles({ failed, unavailable, warnings }: Result): string[] {
  return [
    ...failed.map(({ name, failed }) => `FAILED: ${name} does not give back what it was given: ${failed}.`),
    ...unavailable.map(({ library, reason }) => `Not available: ${library}. ${reason}`),
    ...warnings.map(warning => `Warning: ${warning}`),
  ].flatMap(line => {
    const [first = '', ...rest] = wrapped(line, WIDTH, '  ')
    return [first.trimStart(), ...rest]
  })
}

const TITLES: Record<Recommendation['purpose'], string> = {
  fastest: 'For the fastest request',
  smallest: 'For the least memory',
  balanced: 'Balanced',
}

function recommendations({ recommendations }: Result): string[] {
  return recommendations.flatMap(({ purpose, name, reason, config }, at) => [
    ...(at === 0 ? [] : ['']),
    `${TITLES[purpose]}: ${name}`,
    ...wrapped(reason, WIDTH, '  '),
    ...configLines(config).map(line => `    ${line}`),
  ])
}

/** The lines as they stand in config.json. */
export function configLines(config: Recommendation['config']): string[] {
  const entries = Object.entries(config)
  return entries.map(
    ([name, value], at) => `"${name}": ${JSON.stringify(value)}${at < entries.length - 1 ? ',' : ''}`,
  )
}
