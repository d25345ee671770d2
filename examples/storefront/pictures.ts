// The shop's pictures, drawn in the style sheet's colours so that they follow light and dark.
import { type Html, html } from './html.ts'

function picture(drawing: Html): Html {
  return html`<svg viewBox="0 0 160 160" aria-hidden="true" focusable="false">${drawing}</svg>`
}

const shadow = html`<ellipse class="p-shadow" cx="80" cy="143" rx="44" ry="5"/>`

const padlock = picture(html`${shadow}
  <path class="p-line-steel" stroke-width="12" d="M56 76V52a24 24 0 0 1 48 0v24"/>
  <path class="p-line-steel-hi" stroke-width="3" d="M53 74V52a27 27 0 0 1 20-26"/>
  <rect class="p-brass" x="40" y="72" width="80" height="66" rx="12"/>
  <path class="p-brass-lo" d="M40 118h80v8a12 12 0 0 1-12 12H52a12 12 0 0 1-12-12z"/>
  <rect class="p-brass-hi" x="48" y="79" width="64" height="4" rx="2"/>
  <circle class="p-dark" cx="80" cy="99" r="8"/>
  <path class="p-dark" d="M77 102h6l4 19H73z"/>`)

const wardedKey = picture(html`<ellipse class="p-shadow" cx="80" cy="143" rx="40" ry="5"/>
  <g transform="rotate(-45 80 80)">
    <circle class="p-line-brass" cx="38" cy="80" r="22" stroke-width="10"/>
    <path class="p-line-brass-hi" stroke-width="2.5" d="M20 72a20 20 0 0 1 16-12.5"/>
    <circle class="p-line-brass" cx="38" cy="80" r="7" stroke-width="4"/>
    <rect class="p-brass-lo" x="62" y="71" width="7" height="18" rx="2"/>
    <rect class="p-brass" x="66" y="75" width="78" height="10" rx="4"/>
    <rect class="p-brass-hi" x="70" y="77" width="66" height="2.5" rx="1.2"/>
    <rect class="p-brass-lo" x="100" y="72" width="5" height="16" rx="1.5"/>
    <path class="p-brass" d="M112 84h26v24h-8v-9h-5v9h-5v-5h-8z"/>
    <path class="p-brass-lo" d="M112 84h26v3h-26z"/>
  </g>`)

const keyring = picture(html`${shadow}
  <circle class="p-line-steel-lo" cx="76" cy="68" r="42" stroke-width="7"/>
  <circle class="p-line-steel" cx="76" cy="64" r="42" stroke-width="7"/>
  <path class="p-line-steel-hi" stroke-width="2.5" d="M36 58a41 41 0 0 1 30-34"/>
  <path class="p-line-dark" stroke-width="2.5" d="M106 31l8 8"/>
  <circle class="p-line-brass" cx="103" cy="98" r="8" stroke-width="4"/>
  <g transform="rotate(-32 104 104)">
    <rect class="p-brass" x="91" y="102" width="26" height="36" rx="8"/>
    <rect class="p-brass-lo" x="91" y="128" width="26" height="10" rx="5"/>
    <circle class="p-dark" cx="104" cy="109" r="3"/>
    <path class="p-line-brass-lo" stroke-width="2.5" d="M98 118h12M98 123h8"/>
  </g>`)

const nightLatch = picture(html`${shadow}
  <rect class="p-steel-lo" x="118" y="58" width="22" height="46" rx="3"/>
  <path class="p-steel" d="M114 66h16l10 8v14l-10 8h-16z"/>
  <rect class="p-enamel" x="24" y="44" width="94" height="76" rx="9"/>
  <rect class="p-enamel-lo" x="24" y="108" width="94" height="12" rx="6"/>
  <g class="p-dark"><circle cx="34" cy="54" r="2.5"/><circle cx="108" cy="54" r="2.5"/><circle cx="34" cy="103" r="2.5"/><circle cx="108" cy="103" r="2.5"/></g>
  <circle class="p-brass-lo" cx="66" cy="84" r="26"/>
  <circle class="p-brass" cx="66" cy="81" r="26"/>
  <circle class="p-line-brass-hi" cx="66" cy="81" r="20" stroke-width="2.5"/>
  <rect class="p-brass-lo" x="60" y="60" width="12" height="42" rx="6"/>
  <rect class="p-brass-hi" x="63" y="63" width="3" height="34" rx="1.5"/>
  <rect class="p-steel" x="96" y="74" width="12" height="15" rx="3"/>`)

const fob = picture(html`${shadow}
  <circle class="p-line-steel" cx="80" cy="33" r="16" stroke-width="6"/>
  <path class="p-line-steel-hi" stroke-width="2" d="M66 29a15 15 0 0 1 9-10"/>
  <path class="p-leather-lo" d="M71 42h18l4 22c10 6 17 17 17 32v26a16 16 0 0 1-16 16H66a16 16 0 0 1-16-16V96c0-15 7-26 17-32z"/>
  <path class="p-leather" d="M71 42h18l4 22c10 6 17 17 17 32v20a16 16 0 0 1-16 16H66a16 16 0 0 1-16-16V96c0-15 7-26 17-32z"/>
  <path class="p-stitch" d="M76 48h8l4 20c9 5 15 15 15 28v19a10 10 0 0 1-10 10H67a10 10 0 0 1-10-10V96c0-13 6-23 15-28z"/>
  <circle class="p-brass" cx="80" cy="60" r="5.5"/>
  <circle class="p-brass-hi" cx="79" cy="59" r="2"/>
  <g class="p-leather-lo"><circle cx="80" cy="95" r="8"/><path d="M76.5 98h7l4 18h-15z"/></g>`)

const dialLock = picture(html`${shadow}
  <path class="p-line-steel" stroke-width="11" d="M60 64V42a20 20 0 0 1 40 0v22"/>
  <path class="p-line-steel-hi" stroke-width="2.5" d="M57.5 60V42a22 22 0 0 1 14-20.5"/>
  <circle class="p-enamel-lo" cx="80" cy="98" r="42"/>
  <circle class="p-enamel" cx="80" cy="95" r="42"/>
  <circle class="p-dark" cx="80" cy="95" r="33"/>
  <circle class="p-ticks" cx="80" cy="95" r="28.5"/>
  <path class="p-accent" d="M80 55l4.5 8h-9z"/>
  <circle class="p-steel-lo" cx="80" cy="97" r="17"/>
  <circle class="p-steel" cx="80" cy="95" r="17"/>
  <path class="p-line-steel-lo" stroke-width="3" d="M80 81v10"/>`)

const hookRail = picture(html`<ellipse class="p-shadow" cx="80" cy="143" rx="56" ry="4"/>
  <rect class="p-wood-lo" x="14" y="38" width="132" height="34" rx="6"/>
  <rect class="p-wood" x="14" y="34" width="132" height="34" rx="6"/>
  <path class="p-grain" d="M22 44c20-4 34 4 56 0s40-2 60 1M22 56c26 3 42-4 62-1s38 4 54 0"/>
  ${[38, 80, 122].map(
    x => html`<g transform="translate(${x} 0)">
      <circle class="p-brass-lo" cx="0" cy="53" r="9"/><circle class="p-brass" cx="0" cy="51" r="9"/>
      <path class="p-line-brass" stroke-width="6" d="M0 52v22a9 9 0 0 0 18 0v-3"/><circle class="p-brass-hi" cx="-2" cy="48" r="2.5"/>
    </g>`,
  )}
  <circle class="p-line-steel" cx="89" cy="94" r="10" stroke-width="4.5"/>
  <path class="p-steel" d="M86 103h6v30h-6z"/>
  <path class="p-steel" d="M92 117h9v5h-5v4h5v5h-9z"/>`)

const sparePair = picture(html`${shadow}
  <g transform="rotate(24 80 40)">
    <rect class="p-steel-lo" x="62" y="40" width="36" height="34" rx="12"/>
    <path class="p-steel-lo" d="M73 70h15v50l-7 8-8-8v-6l4-4-4-5v-6l4-5-4-5z"/>
    <path class="p-line-steel" stroke-width="2" d="M82 76v42"/>
  </g>
  <g transform="rotate(-16 80 40)">
    <rect class="p-brass" x="62" y="40" width="36" height="34" rx="12"/>
    <path class="p-brass" d="M73 70h15v50l-7 8-8-8v-6l4-4-4-5v-6l4-5-4-5z"/>
    <path class="p-line-brass-lo" stroke-width="2" d="M82 76v42"/>
    <rect class="p-brass-hi" x="68" y="62" width="24" height="3" rx="1.5"/>
    <circle class="p-dark" cx="80" cy="49" r="5"/>
  </g>
  <circle class="p-line-steel" cx="80" cy="34" r="17" stroke-width="5"/>
  <path class="p-line-steel-hi" stroke-width="2" d="M64.5 31a16 16 0 0 1 10-12"/>`)

export const pictures = { padlock, wardedKey, keyring, nightLatch, fob, dialLock, hookRail, sparePair }

/** The shop's sign: a keyhole in a round plate. */
export const sign = html`<svg class="sign" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
  <circle class="sign-plate" cx="16" cy="16" r="15"/><circle class="sign-hole" cx="16" cy="12.5" r="4.5"/><path class="sign-hole" d="M14.2 15h3.6l2.7 9h-9z"/>
</svg>`

/** A padlock whose shackle the style sheet opens and shuts. */
export const latch = html`<svg class="latch" viewBox="0 0 48 48" aria-hidden="true" focusable="false">
  <path class="latch-shackle" d="M15 24v-9a9 9 0 0 1 18 0v9"/><rect class="latch-body" x="9" y="22" width="30" height="20" rx="4"/>
  <circle class="latch-hole" cx="24" cy="30" r="3"/><path class="latch-hole" d="M22.8 31h2.4l1.3 6h-5z"/>
</svg>`
