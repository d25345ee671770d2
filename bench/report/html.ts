import { bytesText, digits, msText, percent, sizeText } from '../units.ts'
import { costLines } from './lines.ts'
import type { GroupResult, Recommendation, Result, Row } from './result.ts'
import { scatter } from './scatter.ts'
import { STYLE } from './style.ts'
import { escaped, mark } from './svg.ts'
import { configLines } from './terminal.ts'

const MILLION = 1_000_000

/** One page that needs nothing else: no script, no font, no request. */
export function htmlReport(result: Result): string {
  const series = seriesOf(result)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>Which compression? – latchkey bench</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Which compression?</h1>
<p class="lede"><strong>${escaped(result.verdict)}</strong></p>
<p class="lede">${escaped(lede(result))}</p>
${notes(result)}
<div class="grid3">${result.recommendations.map(card).join('\n')}</div>
${sizeAgainstTime(result, series)}
${costAgainstSize(result, series)}
${about(result)}
</main>
</body>
</html>
`
}

function seriesOf({ groups }: Result): Map<string, number> {
  const names = groups.flatMap(({ rows }) =>
    rows.filter(row => row.library !== 'none').map(row => row.library),
  )
  return new Map([...new Set(names)].map((name, at) => [name, at]))
}

function lede({ input, network }: Result): string {
  const from = network.origin === 'assumed' ? 'assumed to be' : `${network.origin} as`
  return `Measured on ${input.source}. The way to Redis is ${from} a round trip of ${msText(network.rtt)} and ${digits(network.mbit)} Mbit/s.`
}

function notes({ failed, unavailable, warnings, input }: Result): string {
  const lines = [
    ...failed.map(one => `FAILED: ${one.name} does not give back what it was given: ${one.failed}.`),
    ...warnings,
    ...unavailable.map(({ library, reason }) => `Not available: ${library}. ${reason}`),
    ...input.notes,
  ]
  return lines.length === 0
    ? ''
    : `<div class="notes" role="note">${lines.map(one => `<p>${escaped(one)}</p>`).join('')}</div>`
}

const TITLES: Record<Recommendation['purpose'], string> = {
  fastest: 'Fastest request',
  smallest: 'Least memory',
  balanced: 'Balanced',
}

function card({ purpose, name, reason, config }: Recommendation): string {
  return `<section class="card ${purpose}"><h3 class="what">${TITLES[purpose]}</h3><p class="pick">${escaped(name)}</p>
<p>${escaped(reason)}</p><pre tabindex="0" aria-label="Lines for config.json">${escaped(configLines(config).join('\n'))}</pre></section>`
}

function sizeAgainstTime({ groups }: Result, series: Map<string, number>): string {
  const charts = groups.map(
    (group, at) => `<figure class="card" style="margin:0"><h3>${escaped(group.name)}</h3>
<p class="dim">${bytesText(group.bytes)}, ${percent(group.share)} of the sessions</p>
${scatter(group, series, `scatter-${at}`)}
<details><summary>${escaped(group.name)} as a table</summary>${groupTable(group)}</details></figure>`,
  )
  return `<section><h2>Size against time</h2>
<p class="dim">How small a session gets, against the time that compressing and decompressing it takes (a logarithmic scale). Lower is smaller, further left is faster; a line joins the levels of one library.</p>
${legend(series)}
<div class="grid2">${charts.join('\n')}</div></section>`
}

function legend(series: Map<string, number>): string {
  const items = [...series].map(
    ([name, at]) =>
      `<li><svg viewBox="-8 -8 16 16" aria-hidden="true">${mark(0, 0, at, name)}</svg>${escaped(name)}</li>`,
  )
  return `<ul class="legend" aria-label="Libraries">${items.join('')}</ul>`
}

function groupTable({ name, rows }: GroupResult): string {
  const head = [
    '',
    'Stored',
    'Size',
    'In p50',
    'In p99',
    'Out p50',
    'Out p99',
    'Rounds',
    'Trips',
    'Block',
    'A million in Redis',
    'Wire',
    'Request',
  ]
  return tableOf(
    `${name}: what each library and level costs. Times of one session; rounds: how far they lie apart; trips: round trips that were timed (the p99 of fewer than 100 is the slowest); block: the longest stop of the event loop (p99); wire and request: of one request.`,
    name,
    head,
    rows.map(cells),
  )
}

function cells(row: Row): string[] {
  const { name, stored, ratio, in: into, out, spread, trips, block, memory, wire, request } = row
  const idle = into.p50 + out.p50 === 0
  const times = [into.p50, into.p99, out.p50, out.p99].map(ms => (idle ? '–' : msText(ms)))
  return [
    name,
    bytesText(stored),
    percent(ratio),
    ...times,
    idle ? '–' : `± ${percent(spread / 2)}`,
    idle ? '–' : trips.toLocaleString('en-US'),
    idle ? '–' : msText(block),
    bytesText(memory * MILLION),
    bytesText(wire),
    msText(request),
  ]
}

function tableOf(caption: string, name: string, head: readonly string[], rows: readonly string[][]): string {
  const [first = '', ...others] = head
  const body = rows.map(
    ([title = '', ...rest]) =>
      `<tr><th scope="row">${escaped(title)}</th>${rest.map(cell => `<td>${escaped(cell)}</td>`).join('')}</tr>`,
  )
  // Beside the part that scrolls, so that what explains the table is never cut off with it.
  return `<p class="dim">${escaped(caption)}</p><div class="scroll" tabindex="0" role="region" aria-label="${escaped(name)}, table"><table aria-label="${escaped(name)}">
<thead><tr>${first === '' ? '<td></td>' : `<th scope="col">${escaped(first)}</th>`}${others.map(one => `<th scope="col">${escaped(one)}</th>`).join('')}</tr></thead>
<tbody>${body.join('')}</tbody></table></div>`
}

function costAgainstSize({ thresholds }: Result, series: Map<string, number>): string {
  const usual = thresholds.filter(one => one.usual)
  const request = costLines(usual, series, {
    id: 'cost-time',
    title: 'Time of a request against size',
    of: cost => cost.request,
  })
  const memory = costLines(usual, series, {
    id: 'cost-memory',
    title: 'Redis memory against size',
    of: cost => cost.memory,
  })
  const cell = (from: number | null) => (from === null ? 'never' : `from ${sizeText(from)}`)
  const rows = thresholds.map(({ name, from }) => [
    name,
    cell(from.fastest),
    cell(from.smallest),
    cell(from.balanced),
  ])
  const charts =
    request === ''
      ? ''
      : `<div class="grid2"><figure class="card" style="margin:0"><h3>Time of a request</h3><p class="dim">compared with storing it as it is, at each library’s own level</p>${request}</figure>
<figure class="card" style="margin:0"><h3>Memory in Redis</h3><p class="dim">compared with storing it as it is, at each library’s own level</p>${memory}</figure></div>`
  return `<section><h2>Cost against size</h2>
<p class="dim">Sessions cut to 128 bytes, twice that, and so on. Below 100 % compressing pays; the dashed line is a session stored as it is.</p>
${charts}
<div class="card" style="margin-top:1.1rem"><h3>From which size on it pays</h3>${tableOf('The smallest size from which on every measured one is better compressed, counting the time of a request, the memory in Redis, or time × memory.', 'Thresholds', ['', 'Time', 'Memory', 'Both'], rows)}</div></section>`
}

function about({ machine, recordOverhead, input }: Result): string {
  const { node, redis, processor, cores, memory, system, load, versions } = machine
  const facts: [string, string][] = [
    [
      'Sessions',
      `${input.sessions.toLocaleString('en-US')}, ${bytesText(input.bytes)} in all; every round trip gave the input back unless a library is named above as failed`,
    ],
    ['Processor', `${processor}, ${cores} cores, ${memory}`],
    ['System', `${system}; load ${load} before the run`],
    ['Node', node],
    ['Units', 'A KB is 1024 bytes, a MB 1024 KB, a GB 1024 MB'],
    ...(redis ? [['Redis', redis] as [string, string]] : []),
    [
      'Packages',
      Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', '),
    ],
    [
      'Memory',
      `A record takes ${Math.round(recordOverhead)} bytes beside its payload, and the payload its size class of jemalloc`,
    ],
    [
      'Request',
      'Two round trips, the payload once in each direction and about 1 KB beside it, one decompression and one compression; what else a shop does is the same for all',
    ],
  ]
  return `<section><h2>How it was measured</h2><dl>${facts.map(([name, fact]) => `<dt>${name}</dt><dd>${escaped(fact)}</dd>`).join('')}</dl></section>`
}
