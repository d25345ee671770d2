import { type Random, whole } from '../random.ts'

// What a storefront keeps of a product, a visitor and a page: words that recur, as they do in a shop, beside numbers,
// tokens and ids that never do. No two products are alike.

const MATERIALS =
  'Linen Cotton Merino Leather Oak Walnut Steel Ceramic Glass Bamboo Velvet Marble Cork Brass'.split(' ')
const THINGS =
  'Lamp Chair Table Shirt Jacket Vase Basket Mirror Shelf Blanket Teapot Backpack Kettle Rug Clock Stool Apron'.split(
    ' ',
  )
const COLOURS = 'Black White Navy Olive Sand Rust Teal Charcoal Ivory Burgundy Sage Plum'.split(' ')
const SIZES = ['XS', 'S', 'M', 'L', 'XL', '38', '42', '40 cm', '60 cm', '80 cm', '1.5 l']
const MAKERS = [
  'Ostrava',
  'Lindqvist',
  'Pellegrini',
  'Maruyama',
  'Hartwell',
  'Ferreira',
  'Nygaard',
  'Beaumont',
]
const FIRST = 'Ada Bruno Chiara Dario Elif Farid Greta Hugo Ines Jonas Katya Liam Mira Nils Olga Pavel'.split(
  ' ',
)
const LAST = 'Abel Brandt Costa Duval Eriksen Fischer Garcia Hansen Ivanov Jensen Keller Lopez Moreau'.split(
  ' ',
)
const STREETS = 'Harbour Mill Station Chapel Orchard Bridge Castle Meadow Canal Market'.split(' ')
export const PHRASES = [
  'ships within two working days',
  'made to order in a small workshop',
  'last pieces of this season',
  'comes flat-packed with tools',
  'wash at thirty degrees',
  'five years of warranty',
  'gift wrapping on request',
  'returns are free for thirty days',
]

export function pick<T>(next: Random, list: readonly T[]): T {
  return list[whole(next, list.length)] as T
}

export function hex(next: Random, digits: number): string {
  return Array.from({ length: digits }, () => whole(next, 16).toString(16)).join('')
}

const TOKEN = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

export function token(next: Random, length: number): string {
  return Array.from({ length }, () => TOKEN[whole(next, TOKEN.length)]).join('')
}

export function uuid(next: Random): string {
  return `${hex(next, 8)}-${hex(next, 4)}-4${hex(next, 3)}-a${hex(next, 3)}-${hex(next, 12)}`
}

export function moment(next: Random): string {
  return new Date(1_700_000_000_000 + whole(next, 60_000_000_000)).toISOString()
}

export function money(next: Random, most = 400): number {
  return Math.round((4 + next() * most) * 100) / 100
}

export function product(next: Random) {
  const [material, thing, colour] = [pick(next, MATERIALS), pick(next, THINGS), pick(next, COLOURS)]
  const slug = `${material}-${thing}-${colour}`.toLowerCase()
  return {
    product_id: 1000 + whole(next, 90_000),
    sku: `${thing.slice(0, 3).toUpperCase()}-${hex(next, 5)}-${colour.slice(0, 2).toUpperCase()}`,
    name: `${material} ${thing}, ${colour}`,
    url: `/${slug}-${hex(next, 5)}.html`,
    image: `/media/catalog/product/cache/${hex(next, 32)}/${slug}_${hex(next, 4)}.jpg`,
    colour,
    size: pick(next, SIZES),
    maker: pick(next, MAKERS),
    note: `${pick(next, PHRASES)}, ${pick(next, PHRASES)}`,
  }
}

export function address(next: Random) {
  const [firstname, lastname] = [pick(next, FIRST), pick(next, LAST)]
  return {
    firstname,
    lastname,
    email: `${firstname}.${lastname}${whole(next, 1000)}@mail.example`.toLowerCase(),
    street: [`${1 + whole(next, 220)} ${pick(next, STREETS)} Street`],
    city: pick(next, ['Bergen', 'Porto', 'Graz', 'Leeds', 'Gdansk', 'Lyon', 'Turin', 'Ghent']),
    postcode: String(10_000 + whole(next, 89_999)),
    country_id: pick(next, ['NO', 'PT', 'AT', 'GB', 'PL', 'FR', 'IT', 'BE']),
    telephone: `+${30 + whole(next, 20)} ${100_000_000 + whole(next, 899_999_999)}`,
  }
}
