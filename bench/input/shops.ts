import { type Random, randomFrom, whole } from '../random.ts'
import { address, hex, moment, money, pick, product, token, uuid } from './catalogue.ts'
import type { Group, Input } from './input.ts'
import { phpSession, type Value } from './php.ts'

type Data = { readonly [name: string]: Value }

/** Sessions of a kind: enough that no figure hangs on one of them. */
const EACH = 12

interface Shop {
  name: string
  share: number
  /** Shops of one number have the same data. */
  data: number
  make: (next: Random) => Buffer
}

/** Most visitors look around, some fill a cart, few do what makes a session large. */
const SHOPS: readonly Shop[] = [
  { name: 'small cart', share: 0.6, data: 0, make: next => json(cart(next, 2)) },
  { name: '6 KB cart, JSON', share: 0.18, data: 1, make: next => json(cart(next, 10)) },
  { name: 'same cart, PHP', share: 0.18, data: 1, make: next => phpSession(cart(next, 10)) },
  { name: '20 KB session', share: 0.035, data: 2, make: next => json(browsed(next, 20_000)) },
  { name: '200 KB session', share: 0.005, data: 3, make: next => json(browsed(next, 200_000)) },
]

/** The same seed gives the same sessions. */
export function builtInShops(seed: number): Input {
  return { source: `built-in shops, seed ${seed}`, notes: [], groups: SHOPS.map(group) }

  function group({ name, share, data, make }: Shop): Group {
    const next = randomFrom(seed * 31 + data)
    return { name, share, sessions: Array.from({ length: EACH }, () => make(next)) }
  }
}

function json(data: Data): Buffer {
  return Buffer.from(JSON.stringify(data))
}

function cart(next: Random, lines: number): Data {
  const items = Array.from({ length: Math.max(1, lines - 1 + whole(next, 3)) }, () => line(next))
  return {
    form_key: token(next, 16),
    visitor_id: uuid(next),
    csrf: hex(next, 40),
    locale: pick(next, ['de_DE', 'en_GB', 'fr_FR', 'it_IT']),
    quote_id: 1_000_000 + whole(next, 9_000_000),
    currency: 'EUR',
    items,
    subtotal: items.reduce((sum, item) => sum + Math.round(Number(item.row_total) * 100), 0) / 100,
    last_url: product(next).url,
    updated_at: moment(next),
  }
}

function line(next: Random): Record<string, Value> {
  const { colour, size, note, ...bought } = product(next)
  const price = money(next)
  const qty = 1 + whole(next, 3)
  return {
    item_id: 100_000 + whole(next, 900_000),
    ...bought,
    qty,
    price,
    row_total: Math.round(price * qty * 100) / 100,
    tax_percent: pick(next, [7, 19]),
    tax_amount: Math.round(price * qty * 16) / 100,
    options: [
      { label: 'Colour', value: colour, option_id: 93 },
      { label: 'Size', value: size, option_id: 144 },
    ],
    note,
    added_at: moment(next),
  }
}

/** A customer who is logged in, has looked at much, and whose shop keeps it all in the session. */
function browsed(next: Random, bytes: number): Data {
  const data = {
    ...cart(next, 10),
    customer: {
      customer_id: whole(next, 1_000_000),
      group: 'retail',
      token: token(next, 64),
      ...address(next),
    },
    addresses: [address(next), address(next)],
    rates: ['standard', 'express', 'pickup'].map(code => ({
      code,
      price: money(next, 20),
      id: hex(next, 12),
    })),
    viewed: [] as Value[],
  }
  let length = JSON.stringify(data).length
  while (length < bytes) {
    const seen = {
      ...product(next),
      price: money(next),
      at: moment(next),
      from: pick(next, FROM),
      event: uuid(next),
    }
    data.viewed.push(seen)
    length += JSON.stringify(seen).length + 1
  }
  return data
}

const FROM = ['search', 'category', 'recommended', 'newsletter', 'direct']
