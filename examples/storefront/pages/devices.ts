import type { UserSession } from 'latchkey'
import { type Html, html } from '../html.ts'

export function devicesPage(all: readonly UserSession[]): Html {
  const others = all.filter(({ current }) => !current).length
  return html`<h1>Your devices</h1>
<p class="lead">Where you are logged in. Sign out of what you do not use any more.</p>
<ul class="lines devices">${all.map(row)}</ul>
${
  others > 0 &&
  html`<form class="end-others" method="post" action="/devices/end-others">
  <button class="button">Sign out everywhere else</button>
  <p class="hint">Ends ${others === 1 ? 'the other session' : `all ${others} other sessions`}, even while a request of theirs still runs.</p>
</form>`
}`
}

function row({ name, device, created, lastSeen, current }: UserSession): Html {
  return html`<li class="device" data-device="${name}">
  <div class="line-what">
    <h2>${device}</h2>
    <p>Logged in ${time(created)} · last seen ${time(lastSeen)}</p>
  </div>
  ${
    current
      ? html`<p class="this-device">This device</p>`
      : html`<form method="post" action="/devices/end">
    <input type="hidden" name="name" value="${name}">
    <button class="plain" aria-label="Sign out: ${device}">Sign out</button>
  </form>`
  }
</li>`
}

function time(date: Date): Html {
  const iso = date.toISOString()
  return html`<time datetime="${iso}">${iso.slice(0, 10)}, ${iso.slice(11, 16)} UTC</time>`
}
