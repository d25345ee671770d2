import { bytesText, digits, percent } from '../units.ts'
import { lineBoxes, markBox, type Placed, placed } from './labels.ts'
import type { GroupResult, Row } from './result.ts'
import { linear, logarithmic } from './scale.ts'
import { COLOURS, line, mark, path, svg, text } from './svg.ts'

const WIDTH = 460
const HEIGHT = 330
/** To the right there is room for half a tick's text. */
const ROOM = { x: 52, y: 14, width: WIDTH - 52 - 26, height: HEIGHT - 14 - 50 }

/** Size against time, of one group: each library a line through its levels. Lower and further to the left is better. */
export function scatter(group: GroupResult, series: ReadonlyMap<string, number>, id: string): string {
  const rows = group.rows.filter(row => timeOf(row) > 0)
  if (rows.length === 0) return ''
  const times = rows.map(timeOf)
  const x = logarithmic(Math.min(...times), Math.max(...times), ROOM.x, ROOM.x + ROOM.width)
  const sizes = rows.map(({ ratio }) => ratio * 100)
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)]
  // Room for the texts above and below.
  const margin = Math.max((most - least) * 0.12, 2)
  const y = linear(Math.max(least - margin, 0), most + margin, ROOM.y + ROOM.height, ROOM.y)
  const bottom = ROOM.y + ROOM.height
  const points = rows.map(row => ({
    row,
    x: x.at(timeOf(row)),
    y: y.at(row.ratio * 100),
    series: series.get(row.library) ?? 0,
  }))
  const lines = [...series.keys()].map(library => points.filter(({ row }) => row.library === library))
  return svg({
    id,
    width: WIDTH,
    height: HEIGHT,
    title: `${group.name}: size against time`,
    description: `Stored size in percent of ${bytesText(group.bytes)} against microseconds in and out. ${rows.map(said).join('; ')}.`,
    parts: [
      ...y.ticks.flatMap(tick => [
        line(ROOM.x, y.at(tick), ROOM.x + ROOM.width, y.at(tick), 'grid'),
        text(ROOM.x - 8, y.at(tick) + 4, `${tick} %`, { class: 'dim', 'text-anchor': 'end' }),
      ]),
      ...x.ticks.flatMap(tick => [
        line(x.at(tick), ROOM.y, x.at(tick), bottom, 'grid'),
        text(x.at(tick), bottom + 18, microseconds(tick), { class: 'dim', 'text-anchor': 'middle' }),
      ]),
      text(ROOM.x + ROOM.width / 2, HEIGHT - 8, 'time in and out, p50 →', {
        class: 'dim',
        'text-anchor': 'middle',
      }),
      ...lines.map(line => path(line, `line c${(line[0]?.series ?? 0) % COLOURS}`)),
      ...points.map(({ row, ...at }) => mark(at.x, at.y, at.series, said(row))),
      ...labelled(points, lines).map(({ box, text: label, series }) =>
        text(box.x + box.width / 2, box.y + 11, label, {
          class: `label c${series % COLOURS}`,
          'text-anchor': 'middle',
        }),
      ),
    ],
  })
}

type Point = { row: Row; x: number; y: number; series: number }

/** Each library's name at one of its levels, and where there is room the other levels by their number alone. */
function labelled(points: readonly Point[], lines: readonly Point[][]): Placed[] {
  const drawn = [...points.map(markBox), ...lines.flatMap(lineBoxes)]
  const label = ({ x, y }: Point, text: string) => ({ x, y, text })
  const names = placed(
    lines.map(line => ({
      series: line[0]?.series ?? 0,
      labels: line.map(point => label(point, point.row.name)),
    })),
    ROOM,
    drawn,
  )
  const named = new Set(names.map(({ text }) => text))
  const levels = placed(
    points
      .filter(({ row }) => row.level !== null && !named.has(row.name))
      .map(point => ({ series: point.series, labels: [label(point, String(point.row.level))] })),
    ROOM,
    [...drawn, ...names.map(({ box }) => box)],
  )
  return [...names, ...levels]
}

function timeOf({ in: into, out }: Row): number {
  return (into.p50 + out.p50) * 1000
}

function said(row: Row): string {
  return `${row.name}: ${percent(row.ratio)} in ${digits(timeOf(row))} µs`
}

function microseconds(tick: number): string {
  return tick >= 1000 ? `${tick / 1000} ms` : `${Number(tick.toPrecision(3))} µs`
}
