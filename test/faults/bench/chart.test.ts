import { describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { apart, lineBoxes, markBox, overlaps, placed } from '../../../bench/report/labels.ts'
import { linear, logarithmic } from '../../../bench/report/scale.ts'

const room = { x: 0, y: 0, width: 400, height: 300 }
const point = fc.record({ x: fc.integer({ min: 0, max: 400 }), y: fc.integer({ min: 0, max: 300 }) })

describe('labels', () => {
  test('cover neither each other, nor a mark, nor a line, nor the edge', () => {
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 20 }), points => {
        const drawn = [...points.map(markBox), ...lineBoxes(points)]
        const boxes = placed(
          points.map(({ x, y }, series) => ({ series, labels: [{ x, y, text: `gzip ${series}` }] })),
          room,
          drawn,
        ).map(({ box }) => box)
        for (const [at, box] of boxes.entries()) {
          expect([...drawn, ...boxes.slice(at + 1)].some(other => overlaps(box, other))).toBe(false)
          expect(box.x >= 0 && box.y >= 0 && box.x + box.width <= 400 && box.y + box.height <= 300).toBe(true)
        }
      }),
    )
  })

  test('at the ends of lines keep their order and their distance', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 8 }), wished => {
        const places = apart(wished, 16, 0, 300)
        const order = wished.map((_, at) => at).sort((a, b) => (places[a] ?? 0) - (places[b] ?? 0))
        for (const [n, at] of order.entries()) {
          const before = order[n - 1]
          if (before === undefined) continue
          expect((places[at] ?? 0) - (places[before] ?? 0)).toBeGreaterThanOrEqual(16)
          expect(wished[at] ?? 0).toBeGreaterThanOrEqual(wished[before] ?? 0)
        }
        expect(Math.min(...places)).toBeGreaterThanOrEqual(0)
        expect(Math.max(...places)).toBeLessThanOrEqual(300)
      }),
    )
  })
})

describe('scales', () => {
  const range = fc.tuple(
    fc.double({ min: 0.1, max: 1000, noNaN: true }),
    fc.double({ min: 1.05, max: 1000, noNaN: true }),
  )
  test('hold every value, with a few ticks', () => {
    fc.assert(
      fc.property(range, ([low, factor]) => {
        for (const scale of [linear(low, low * factor, 0, 100), logarithmic(low, low * factor, 0, 100)]) {
          for (const value of [low, low * factor]) {
            expect(scale.at(value)).toBeGreaterThanOrEqual(-1e-6)
            expect(scale.at(value)).toBeLessThanOrEqual(100 + 1e-6)
          }
          expect(scale.ticks.length).toBeLessThanOrEqual(12)
        }
      }),
    )
  })
})
