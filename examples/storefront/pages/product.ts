import { MOST } from '../cart.ts'
import { type Html, html } from '../html.ts'
import { formatPrice, type Product } from '../products.ts'
import { toast } from './shop.ts'

/**
 * @param inCart how many of it are in the cart
 * @param added the product just put there, to say so
 */
export function productPage(product: Product, inCart: number, added: Product | undefined): Html {
  const { id, name, about, story, price, picture, alt } = product
  return html`<p><a class="back" href="/#${id}">All products</a></p>
<div class="product">
  <div class="picture large" role="img" aria-label="${alt}">${picture}</div>
  <div>
    <h1>${name}</h1>
    <p class="lead">${about}</p>
    <p class="price">${formatPrice(price)}</p>
    <p>${story}</p>
    <form class="buy" method="post" action="/cart/add">
      <input type="hidden" name="product" value="${id}"><input type="hidden" name="from" value="product">
      <label for="quantity">Quantity</label>
      <input id="quantity" name="quantity" type="number" inputmode="numeric" min="1" max="${MOST}" required value="1">
      <button class="button">Add to cart</button>
    </form>
    <p class="hint">${inCart === 0 ? 'None of it is in your cart yet.' : `In your cart: ${inCart}.`}</p>
  </div>
</div>
${added && toast(added)}`
}
