import { type Html, html } from '../html.ts'
import { latch } from '../pictures.ts'

/** `retryAfter`: seconds, where the answer has such a header. */
export function errorPage(status: number, message: string, retryAfter: string | undefined): Html {
  return html`<div class="empty">
  <div class="error-latch" data-held>${latch}</div>
  <h1>${headline(status)}</h1>
  <p>${message}</p>
  ${retryAfter && html`<p class="hint">Try again in ${retryAfter} ${retryAfter === '1' ? 'second' : 'seconds'}.</p>`}
  <a class="button" href="/">Back to the shop</a>
</div>`
}

function headline(status: number): string {
  switch (status) {
    case 404:
      return 'No door here'
    case 403:
      return 'This door stays shut'
    case 503:
      return 'One moment, please'
    default:
      return status < 500 ? 'That key does not fit' : 'Something jammed'
  }
}
