import { type CartLine, LONGEST_NOTE, MOST, totalsOf } from '../cart.ts'
import { type Html, html } from '../html.ts'
import { formatPrice, products } from '../products.ts'
import { card } from './shop.ts'

/** How many products the page suggests, of those that are not in the cart. */
const SUGGESTED = 4

export function cartPage(lines: readonly CartLine[], note: string): Html {
  const { goods, shipping, total } = totalsOf(lines)
  const taken = new Set(lines.map(({ product }) => product))
  const others = products.filter(product => !taken.has(product)).slice(0, SUGGESTED)
  const empty = lines.length === 0
  return html`<h1>${empty ? 'Your cart is empty' : 'Your cart'}</h1>
<div class="cart">
  ${empty ? nothingYet : html`<ul class="lines">${lines.map(row)}</ul>`}
  <div class="side">
    <section class="panel" aria-label="Total">
      <dl class="sums">
        <div><dt>Goods</dt><dd>${formatPrice(goods)}</dd></div>
        <div><dt>Shipping</dt><dd>${shipping === 0 ? 'free' : formatPrice(shipping)}</dd></div>
        <div class="sum"><dt>Total</dt><dd data-total>${formatPrice(total)}</dd></div>
      </dl>
      <p class="hint">Nothing can be bought here, but the cart is real: it lives in your session.</p>
    </section>
    <form class="panel" method="post" action="/cart/note">
      <label for="note">A note for the engraver</label>
      <textarea id="note" name="note" rows="4" maxlength="${LONGEST_NOTE}" aria-describedby="note-hint">${note}</textarea>
      <p class="hint" id="note-hint">Kept in the session too. A long one makes its record compress.</p>
      <button class="button quiet">Save the note</button>
    </form>
  </div>
</div>
${
  others.length > 0 &&
  html`<section class="others" aria-labelledby="others">
  <h2 id="others">${empty ? 'A good place to begin' : 'Goes well with it'}</h2>
  <ul class="products">${others.map(card)}</ul>
</section>`
}`
}

const nothingYet = html`<div class="panel nothing">
  <p>What you add is kept in your session. Every tab shows the same cart.</p>
  <a class="button" href="/">To the shop</a>
</div>`

function row({ product, quantity, total }: CartLine): Html {
  return html`<li class="line" data-product="${product.id}">
  <div class="picture small" role="img" aria-label="${product.alt}">${product.picture}</div>
  <div class="line-what"><h2>${product.name}</h2><p>${formatPrice(product.price)} each</p></div>
  <div class="line-how">
    ${step(product.id, quantity - 1, '−', `One ${product.name} less`)}
    <form class="set" method="post" action="/cart/set">
      <input type="hidden" name="product" value="${product.id}">
      <label class="hidden" for="q-${product.id}">Quantity of ${product.name}</label>
      <input id="q-${product.id}" name="quantity" type="number" inputmode="numeric" min="0" max="${MOST}" required value="${quantity}">
      <button class="hidden-until-focus">Update</button>
    </form>
    ${step(product.id, quantity + 1, '+', `One ${product.name} more`)}
    <form method="post" action="/cart/remove">
      <input type="hidden" name="product" value="${product.id}">
      <button class="plain" aria-label="Remove ${product.name}">Remove</button>
    </form>
  </div>
  <p class="line-total">${formatPrice(total)}</p>
</li>`
}

function step(id: string, quantity: number, label: string, name: string): Html {
  return html`<form method="post" action="/cart/set">
      <input type="hidden" name="product" value="${id}"><input type="hidden" name="quantity" value="${quantity}">
      <button class="step" aria-label="${name}"${quantity > MOST && html` disabled`}>${label}</button>
    </form>`
}
