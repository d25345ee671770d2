import { type Html, html } from '../html.ts'

export interface LoginForm {
  readonly name: string
  /** The one password of this demo, shown on the page. */
  readonly password: string
  readonly problem?: string
}

export function loginPage({ name, password, problem }: LoginForm): Html {
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
  <aside class="aside">
    <h2>What happens to your session</h2>
    <p><b>At login</b> it moves to a new id, and your cart moves with it. An id somebody slipped you beforehand opens nothing.</p>
    <p><b>At logout</b> it is destroyed, cart and all. A request that is still running then cannot bring it back.</p>
  </aside>
</div>`
}

export function loggedInPage(name: string): Html {
  return html`<div class="empty">
  <h1>You are logged in</h1>
  <p>As <b>${name}</b>, and nobody else.</p>
  <form method="post" action="/logout"><button class="button">Log out</button></form>
</div>`
}
