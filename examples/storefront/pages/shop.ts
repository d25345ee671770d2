import { type Html, html } from '../html.ts'
import { formatPrice, type Product, products } from '../products.ts'

/** `added`: the product just put into the cart, to say so. */
export function shopPage(added: Product | undefined): Html {
  return html`<section class="hero">
  <div>
    <h1>Locks, keys, and the rings that hold them</h1>
    <p>Small brass things for doors you care about, sold one at a time. Even when fifty hands reach for the same key.</p>
  </div>
  <a class="hero-link" href="/record"><b>Watch your session</b> <span>See its lock at work, live</span></a>
</section>
<ul class="products">${products.map(card)}</ul>
${added && toast(added)}`
}

export function card(product: Product): Html {
  return html`<li class="card" id="${product.id}">
  <div class="picture" role="img" aria-label="${product.alt}">${product.picture}</div>
  <h2><a class="title" href="/products/${product.id}">${product.name}</a></h2>
  <p class="about">${product.about}</p>
  <form method="post" action="/cart/add">
    <input type="hidden" name="product" value="${product.id}">
    <span class="price">${formatPrice(product.price)}</span>
    <button class="button" aria-label="Add to cart: ${product.name}">Add to cart</button>
  </form>
</li>`
}

export function toast(product: Product): Html {
  return html`<div class="toast" role="status">
  <span><b>${product.name}</b> is in your cart.</span><a href="/cart">View cart</a>
</div>`
}
