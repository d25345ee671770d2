/** A storefront's session: a cart of nine items, about 6 KB of JSON. No two carts are alike, and each seed gives one cart. */

export const ITEMS = 9
const MATERIALS = 'Linen Cotton Wool Leather Oak Walnut Steel Ceramic Glass Bamboo Velvet Marble'.split(' ')
const THINGS = 'Lamp Chair Table Shirt Jacket Vase Basket Mirror Shelf Blanket Teapot Backpack'.split(' ')
const COLOURS = 'Black White Navy Olive Sand Rust Teal Charcoal Ivory Burgundy'.split(' ')
const SIZES = ['XS', 'S', 'M', 'L', 'XL', '40 cm', '60 cm', '80 cm']
const PHRASES = [
  'ships within two working days',
  'made to order in a small workshop',
  'last pieces of this season',
  'comes flat-packed with tools',
  'wash at thirty degrees',
  'five years of warranty',
  'gift wrapping on request',
  'returns are free for thirty days',
]

/** mulberry32: small, seeded, and good enough for prices and part numbers. */
function random(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

function item(next) {
  const pick = list => list[Math.floor(next() * list.length)]
  const hex = digits => Array.from({ length: digits }, () => Math.floor(next() * 16).toString(16)).join('')
  const [material, thing, colour, size] = [pick(MATERIALS), pick(THINGS), pick(COLOURS), pick(SIZES)]
  const sku = `${thing.slice(0, 3).toUpperCase()}-${hex(4)}-${colour.slice(0, 2).toUpperCase()}`
  const price = Math.round(next() * 40_000 + 900) / 100
  const qty = 1 + Math.floor(next() * 3)
  const slug = `${material}-${thing}-${colour}`.toLowerCase()
  return {
    uuid: `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`,
    item_id: 100_000 + Math.floor(next() * 900_000),
    product_id: Math.floor(next() * 60_000),
    sku,
    name: `${material} ${thing}, ${colour}`,
    qty,
    price,
    base_price: price,
    row_total: Math.round(price * qty * 100) / 100,
    tax_percent: pick([7, 19]),
    tax_amount: Math.round(price * qty * 16) / 100,
    discount_amount: 0,
    options: [
      { label: 'Colour', value: colour, option_id: 93 },
      { label: 'Size', value: size, option_id: 144 },
    ],
    image: `/media/catalog/product/cache/${hex(32)}/${slug}_${hex(4)}.jpg`,
    url: `/${slug}-${hex(5)}.html`,
    vendor: `${pick(MATERIALS)} & ${pick(COLOURS)} Ltd`,
    note: `${pick(PHRASES)}, ${pick(PHRASES)}`,
    added_at: new Date(1.7e12 + Math.floor(next() * 5e10)).toISOString(),
  }
}

/** @param {number} seed */
export function cart(seed) {
  const next = random(seed)
  return {
    quote_id: 1_000_000 + seed,
    currency: 'EUR',
    items: Array.from({ length: ITEMS }, () => item(next)),
  }
}

/** Whole items, then one cut short to fit. @returns an object whose JSON has exactly so many bytes */
export function dataOf(bytes, seed) {
  const next = random(seed)
  const data = { items: [], rest: '' }
  const room = () => bytes - JSON.stringify(data).length
  while (room() > 0) data.items.push(item(next))
  if (room() < 0) data.items.pop()
  data.rest = JSON.stringify(item(next)).replaceAll(/["\\]/g, ' ').padEnd(1000).slice(0, room())
  return data
}
