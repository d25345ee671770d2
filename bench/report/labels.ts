/** A rectangle on a chart. */
export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** A text, and the point that it belongs to. */
export interface Label {
  readonly text: string
  readonly x: number
  readonly y: number
}

export interface Wish {
  readonly series: number
  /** One of these is enough; the earlier the better. */
  readonly labels: readonly Label[]
}

export interface Placed extends Label {
  readonly series: number
  readonly box: Box
}

/** Of the type that the charts are set in: generous, as fonts differ. */
const LETTER = 7.5
const HEIGHT = 14
const GAP = 8

/**
 * Puts each text beside its point where it covers nothing that is drawn and no other text; a text without such a place is
 * left out, and is found in the legend and the table. The first wishes choose first.
 */
export function placed(wishes: readonly Wish[], room: Box, drawn: readonly Box[]): Placed[] {
  const taken = [...drawn]
  const result: Placed[] = []
  for (const { series, labels } of wishes) {
    const places = labels.flatMap(label => around(label).map(box => ({ ...label, series, box })))
    const place = places.find(({ box }) => inside(box, room) && !taken.some(other => overlaps(box, other)))
    if (!place) continue
    taken.push(place.box)
    result.push(place)
  }
  return result
}

/** What a mark covers. */
export function markBox({ x, y }: { x: number; y: number }): Box {
  return { x: x - 6, y: y - 6, width: 12, height: 12 }
}

/** Pixels between the boxes that a line is covered with. */
const STEP = 4

export function lineBoxes(points: readonly { x: number; y: number }[]): Box[] {
  return points.slice(1).flatMap((to, at) => {
    const from = points[at] ?? to
    const steps = Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / STEP)
    return Array.from({ length: steps + 1 }, (_, n) => ({
      x: from.x + ((to.x - from.x) * n) / Math.max(steps, 1) - 2,
      y: from.y + ((to.y - from.y) * n) / Math.max(steps, 1) - 2,
      width: 4,
      height: 4,
    }))
  })
}

function around({ text, x, y }: Label): Box[] {
  const width = text.length * LETTER
  const size = { width, height: HEIGHT }
  return [
    { x: x + GAP, y: y - HEIGHT / 2, ...size },
    { x: x - GAP - width, y: y - HEIGHT / 2, ...size },
    { x: x - width / 2, y: y - GAP - HEIGHT + 1, ...size },
    { x: x - width / 2, y: y + GAP - 1, ...size },
    { x: x + GAP - 2, y: y - GAP - HEIGHT + 3, ...size },
    { x: x + GAP - 2, y: y + GAP - 3, ...size },
    { x: x - GAP + 2 - width, y: y - GAP - HEIGHT + 3, ...size },
    { x: x - GAP + 2 - width, y: y + GAP - 3, ...size },
  ]
}

function inside(box: Box, room: Box): boolean {
  return (
    box.x >= room.x &&
    box.y >= room.y &&
    box.x + box.width <= room.x + room.width &&
    box.y + box.height <= room.y + room.height
  )
}

export function overlaps(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

/** Heights for texts at the ends of lines: as near to their own as they can be, and `gap` apart. */
export function apart(wished: readonly number[], gap: number, low: number, high: number): number[] {
  const order = wished.map((_, at) => at).sort((a, b) => (wished[a] ?? 0) - (wished[b] ?? 0))
  const places = order.map(at => wished[at] ?? 0)
  // Down as far as needed, and back up where the end was passed.
  for (let at = 0; at < places.length; at++) {
    places[at] = Math.max(places[at] ?? 0, at === 0 ? low : (places[at - 1] ?? 0) + gap)
  }
  for (let at = places.length - 1; at >= 0; at--) {
    places[at] = Math.min(places[at] ?? 0, at === places.length - 1 ? high : (places[at + 1] ?? 0) - gap)
  }
  const result: number[] = []
  for (const [place, at] of order.entries()) result[at] = places[place] ?? 0
  return result
}
