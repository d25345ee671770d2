import type { Point } from '../judge/threshold.ts'
import { sizeText } from '../units.ts'
import { apart } from './labels.ts'
import type { ThresholdResult } from './result.ts'
import { linear } from './scale.ts'
import { COLOURS, line, mark, path, svg, text } from './svg.ts'

const WIDTH = 460
const HEIGHT = 330
/** To the left there is room for "10000 %": a slow round trip makes a cost many times the plain one. */
const ROOM = { x: 64, y: 14, width: WIDTH - 64 - 66, height: HEIGHT - 14 - 50 }

export interface Kind {
  readonly id: string
  readonly title: string
  /** What of a point is compared with plain storage. */
  readonly of: (cost: Point['plain']) => number
}

/** A cost in percent of that of plain storage, against the size of the session: below 100 % compressing pays. */
export function costLines(
  thresholds: readonly ThresholdResult[],
  series: ReadonlyMap<string, number>,
  { id, title, of }: Kind,
): string {
  const sizes = thresholds[0]?.points.map(({ size }) => size) ?? []
  if (sizes.length < 2) return ''
  const share = (point: Point) => (100 * of(point.compressed)) / of(point.plain)
  const all = thresholds.flatMap(({ points }) => points.map(share))
  const y = linear(Math.min(...all, 98), Math.max(...all, 102), ROOM.y + ROOM.height, ROOM.y)
  const x = (size: number) =>
    ROOM.x +
    (ROOM.width * Math.log2(size / (sizes[0] ?? 1))) / Math.log2((sizes.at(-1) ?? 2) / (sizes[0] ?? 1))
  const bottom = ROOM.y + ROOM.height
  const right = ROOM.x + ROOM.width
  const lines = thresholds.map(({ name, library, points }) => ({
    name,
    series: series.get(library) ?? 0,
    points: points.map(point => ({
      x: x(point.size),
      y: y.at(share(point)),
      size: point.size,
      share: share(point),
    })),
  }))
  const heights = apart(
    lines.map(({ points }) => points.at(-1)?.y ?? 0),
    16,
    ROOM.y + 4,
    bottom,
  )
  return svg({
    id,
    width: WIDTH,
    height: HEIGHT,
    title,
    description: lines
      .map(
        ({ name, points }) =>
          `${name}: ${points.map(({ size, share }) => `${share.toFixed(0)} % at ${sizeText(size)}`).join(', ')}`,
      )
      .join('; '),
    parts: [
      ...y.ticks.flatMap(tick => [
        line(ROOM.x, y.at(tick), right, y.at(tick), tick === 100 ? 'even' : 'grid'),
        text(ROOM.x - 8, y.at(tick) + 4, `${tick} %`, { class: 'dim', 'text-anchor': 'end' }),
      ]),
      ...sizes.flatMap((size, at) => [
        line(x(size), bottom, x(size), bottom + 4, 'grid'),
        ...((sizes.length - 1 - at) % 2 === 0 || sizes.length < 6
          ? [text(x(size), bottom + 18, sizeText(size), { class: 'dim', 'text-anchor': 'middle' })]
          : []),
      ]),
      text(ROOM.x + ROOM.width / 2, HEIGHT - 8, 'size of the session →', {
        class: 'dim',
        'text-anchor': 'middle',
      }),
      ...lines.map(({ points, series }) => path(points, `line c${series % COLOURS}`)),
      ...lines.flatMap(({ name, points, series }) =>
        points.map(({ x, y, size, share }) =>
          mark(x, y, series, `${name}: ${share.toFixed(1)} % at ${sizeText(size)}`, 3.2),
        ),
      ),
      ...lines.flatMap(({ name, points, series }, at) => {
        const [end, height] = [points.at(-1), heights[at] ?? 0]
        if (!end) return []
        return [
          line(end.x + 5, end.y, right + 12, height, `lead c${series % COLOURS}`),
          text(right + 15, height + 4, name, { class: `label c${series % COLOURS}` }),
        ]
      }),
    ],
  })
}
