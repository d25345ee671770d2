import { type Html, html } from '../html.ts'
import type { Visitor } from '../visitor.ts'

export interface LoginForm {
  readonly name: string
  /** The one password of this demo, shown on the page. */
  readonly password: string
  readonly problem?: string
  readonly visitor: Visitor
}

export function loginPage({ name, password, problem, visitor }: LoginForm): Html {
  return html`<div class="login">
  <form class="panel" method="post" action="/login">
    <h1>Log in</h1>
    ${problem && html`<p class="problem" role="alert">${problem}</p>`}
    <label for="name">Your name</label>
    <input id="name" name="name" autocomplete="username" required maxlength="40" value="${name}">
    <label for="password">Password</label>
    <input id="password" name="password" type="password" autocomplete="current-password" required aria-describedby="password-hint">
    <p class="hint" id="password-hint">Any name will do. The password is <code>${password}</code>.</p>
    <button class="button wide">Log in</button>
  </form>
  ${aside(visitor)}
</div>`
}

export function loggedInPage(visitor: Visitor): Html {
  return html`<div class="login">
  <form class="panel" method="post" action="/logout">
    <h1>You are logged in</h1>
    <p>As <b>${visitor.name}</b>.</p>
    <button class="button wide">Log out</button>
  </form>
  ${aside(visitor)}
</div>`
}

function aside({ cartCount = 0 }: Visitor): Html {
  return html`<section class="aside" aria-labelledby="aside">
    <h2 id="aside">What happens to your session</h2>
    <dl>
      <dt>Now</dt>
      <dd>${now(cartCount)}</dd>
      <dt>At login</dt>
      <dd>It gets a new id, and your cart moves with it. The old id no longer works.</dd>
      <dt>At logout</dt>
      <dd>It ends, and the cart with it. A request that still runs cannot bring it back.</dd>
    </dl>
  </section>`
}

function now(cartCount: number): string {
  if (cartCount === 0) return 'Your cart is empty.'
  return cartCount === 1 ? 'Your cart has one thing in it.' : `Your cart has ${cartCount} things in it.`
}
