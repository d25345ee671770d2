// A cart is what the session stores: product id → quantity. Everything else is looked up.
import { findProduct, type Product } from './products.ts'

export type Cart = Record<string, number>

export interface CartLine {
  readonly product: Product
  readonly quantity: number
  /** Euro cents. */
  readonly total: number
}

/** The most of one product a cart takes. */
export const MOST = 99
/** Characters of the engraver's note: enough to see a record being compressed. */
export const LONGEST_NOTE = 6000

const FREE_SHIPPING_FROM = 5000
const SHIPPING = 490

export function setQuantity(cart: Cart, id: string, quantity: number): Cart {
  const { [id]: _, ...others } = cart
  return quantity > 0 ? { ...cart, [id]: Math.min(quantity, MOST) } : others
}

export function linesOf(cart: Cart): CartLine[] {
  return Object.entries(cart).flatMap(([id, quantity]) => {
    const product = findProduct(id)
    return product ? [{ product, quantity, total: product.price * quantity }] : []
  })
}

export function countOf(cart: Cart): number {
  return linesOf(cart).reduce((count, line) => count + line.quantity, 0)
}

export function totalsOf(lines: readonly CartLine[]): { goods: number; shipping: number; total: number } {
  const goods = lines.reduce((sum, line) => sum + line.total, 0)
  const shipping = goods === 0 || goods >= FREE_SHIPPING_FROM ? 0 : SHIPPING
  return { goods, shipping, total: goods + shipping }
}
