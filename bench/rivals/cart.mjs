/** A storefront's session: a cart of nine items, about 6 KB of JSON. No two carts are alike, and each seed gives one cart. */

import { hex, PHRASES, pick, uuid } from '../../dist/bench/input/catalogue.js'
import { randomFrom, whole } from '../../dist/bench/random.js'

export const ITEMS = 9

// Words of its own: those of the catalogue would give other sizes than RESULTS.md was measured with.
const MATERIALS = 'Linen Cotton Wool Leather Oak Walnut Steel Ceramic Glass Bamboo Velvet Marble'.split(' ')
const THINGS = 'Lamp Chair Table Shirt Jacket Vase Basket Mirror Shelf Blanket Teapot Backpack'.split(' ')
const COLOURS = 'Black White Navy Olive Sand Rust Teal Charcoal Ivory Burgundy'.split(' ')
const SIZES = ['XS', 'S', 'M', 'L', 'XL', '40 cm', '60 cm', '80 cm']

function item(next) {
  const [material, thing, colour, size] = [
    pick(next, MATERIALS),
    pick(next, THINGS),
    pick(next, COLOURS),
    pick(next, SIZES),
  ]
  const sku = `${thing.slice(0, 3).toUpperCase()}-${hex(next, 4)}-${colour.slice(0, 2).toUpperCase()}`
  const price = Math.round(next() * 40_000 + 900) / 100
  const qty = 1 + whole(next, 3)
  const slug = `${material}-${thing}-${colour}`.toLowerCase()
  return {
    uuid: uuid(next),
    item_id: 100_000 + whole(next, 900_000),
    product_id: whole(next, 60_000),
    sku,
    name: `${material} ${thing}, ${colour}`,
    qty,
    price,
    base_price: price,
    row_total: Math.round(price * qty * 100) / 100,
    tax_percent: pick(next, [7, 19]),
    tax_amount: Math.round(price * qty * 16) / 100,
    discount_amount: 0,
    options: [
      { label: 'Colour', value: colour, option_id: 93 },
      { label: 'Size', value: size, option_id: 144 },
    ],
    image: `/media/catalog/product/cache/${hex(next, 32)}/${slug}_${hex(next, 4)}.jpg`,
    url: `/${slug}-${hex(next, 5)}.html`,
    vendor: `${pick(next, MATERIALS)} & ${pick(next, COLOURS)} Ltd`,
    note: `${pick(next, PHRASES)}, ${pick(next, PHRASES)}`,
    added_at: new Date(1.7e12 + whole(next, 5e10)).toISOString(),
  }
}

/** @param {number} seed */
export function cart(seed) {
  const next = randomFrom(seed)
  return {
    quote_id: 1_000_000 + seed,
    currency: 'EUR',
    items: Array.from({ length: ITEMS }, () => item(next)),
  }
}

/** Whole items, then one cut short to fit. @returns an object whose JSON has exactly so many bytes */
export function dataOf(bytes, seed) {
  const next = randomFrom(seed)
  const data = { items: [], rest: '' }
  const room = () => bytes - JSON.stringify(data).length
  while (room() > 0) data.items.push(item(next))
  if (room() < 0) data.items.pop()
  data.rest = JSON.stringify(item(next)).replaceAll(/["\\]/g, ' ').padEnd(1000).slice(0, room())
  return data
}
