// What encryption costs: µs to write and to read a session of 2, 6 and 20 KB, and what of it is encryption. `npm run bench:encryption`
// takes half a minute; `--quick` takes seconds, and is less exact. Nothing else should run then.
import { deepStrictEqual } from 'node:assert'
import { parseArgs } from 'node:util'
import { createCodec } from '../src/codec/codec.ts'

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } })
const ROUNDS = values.quick ? 3 : 15
/** Times that each step is done in a round. */
const TIMES = values.quick ? 200 : 5000
const SIZES = [2048, 6144, 20_480]

const options = {
  ...{ compression: 'snappy', compressionLevel: null, compressionThreshold: 2048 },
  ...{ maxSize: 0, maxDecompressedSize: 0, prefix: 'sess_' },
}
const keys = [{ id: '2026-12', key: '5a'.repeat(32), from: null }]
const CODECS = {
  plain: createCodec(options),
  encrypted: createCodec({ ...options, encryption: { keys, required: true, pad: 0 } }),
}
const NAME = 'Jd0dWb8kq1y7cT2pVxR4nLhE6uMzAoS9fGiK3wQbXvY'

/** A cart whose JSON has about this many bytes. */
function cart(bytes) {
  const items = []
  for (let length = 0; length < bytes - 20; length += JSON.stringify(items.at(-1)).length + 1) {
    const n = items.length
    items.push({
      sku: `SKU-${(n * 7919) % 9973}`,
      qty: 1 + (n % 5),
      name: `Article ${n}`,
      price: (n * 137) % 9973,
    })
  }
  return { cart: items }
}

async function timed(step) {
  const begin = process.hrtime.bigint()
  for (let n = 0; n < TIMES; n++) await step()
  return Number(process.hrtime.bigint() - begin) / 1000 / TIMES
}

const median = numbers => [...numbers].sort((a, b) => a - b)[numbers.length >> 1]

async function measured(data) {
  const json = JSON.stringify(data)
  const figures = {}
  for (const [name, codec] of Object.entries(CODECS)) {
    const { payload } = await codec.encode(data, NAME, () => json)
    deepStrictEqual(await codec.decode(payload, NAME), data)
    figures[name] = { codec, payload, write: [], read: [] }
  }
  const all = Object.values(figures)
  for (let round = 0; round < ROUNDS; round++) {
    // In turn, so that what slows the machine down for a while hits both alike.
    for (const { codec, payload, write, read } of round % 2 ? all.reverse() : all) {
      write.push(await timed(() => codec.encode(data, NAME, () => json)))
      read.push(await timed(() => codec.decode(payload, NAME)))
    }
  }
  const { plain, encrypted } = figures
  const of = step => [median(plain[step]), median(encrypted[step])]
  return { write: of('write'), read: of('read'), stored: [plain.payload.length, encrypted.payload.length] }
}

const row = cells => cells.map((cell, n) => String(cell).padStart(n === 0 ? 6 : 11)).join('')
const µs = number => number.toFixed(1)
console.log(
  row(['JSON', 'write µs', 'encrypted', 'more', 'read µs', 'encrypted', 'more', 'bytes', 'encrypted']),
)
for (const size of SIZES) {
  const { write, read, stored } = await measured(cart(size))
  const times = [write, read].flatMap(([plain, encrypted]) => [plain, encrypted, encrypted - plain].map(µs))
  console.log(row([`${Math.round(size / 1024)} KB`, ...times, ...stored]))
}
