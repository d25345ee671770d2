import { expect, test } from '@jest/globals'
import { costLines } from '../../../bench/report/lines.ts'
import type { ThresholdResult } from '../../../bench/report/result.ts'

/** No character of the 12 px font is wider on the average of such a text. */
const CHARACTER_PX = 8

test('the ticks of a cost of a hundred times the plain one are not cut off at the left edge', () => {
  const points = [350, 2000].map(size => ({ size, plain: 1, compressed: 100 }))
  const result = [{ name: 'gzip 1', library: 'gzip', points }] as unknown as ThresholdResult[]
  const kind = { id: 'time', title: 'time', of: (cost: unknown) => cost as number }
  const chart = costLines(result, new Map([['gzip', 0]]), kind)
  const ticks = [...chart.matchAll(/<text x="([\d.]+)"[^>]*text-anchor="end"[^>]*>([^<]+)</g)]
  expect(ticks.map(([, , words]) => words)).toContain('10000 %')
  for (const [, x, words = ''] of ticks) {
    expect(words.length * CHARACTER_PX).toBeLessThanOrEqual(Number(x))
  }
})
