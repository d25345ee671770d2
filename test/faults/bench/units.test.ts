import { expect, test } from '@jest/globals'
import { bytesText, sizeText } from '../../../bench/units.ts'

test.each([
  [900, '900 B', '900 B'],
  [1023, '1023 B', '1023 B'],
  [2048, '2.00 KB', '2 KB'],
  [5681, '5.55 KB', '5.5 KB'],
  [65_536, '64.0 KB', '64 KB'],
  [2 ** 20 - 1, '1.00 MB', '1024 KB'],
  [24 * 2 ** 20, '24.0 MB', '24576 KB'],
  [3.5 * 2 ** 30, '3.50 GB', '3670016 KB'],
])('%i bytes are as many KB wherever they stand in a report', (bytes, text, size) => {
  expect([bytesText(bytes), sizeText(bytes)]).toEqual([text, size])
})
