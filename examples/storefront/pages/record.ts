import { type Html, html } from '../html.ts'
import { latch } from '../pictures.ts'
import { CONCURRENCY, REQUESTS } from '../race-lane.ts'

/** An empty form: public/record.js fills in every `data-field`. */
export function recordPage(store: string, rival: string): Html {
  return html`<h1>Your session’s record</h1>
<p class="lead">As it is in ${store === 'redis' ? 'Redis' : 'the embedded store'} right now, twice a second. Looking takes no lock and
does not lengthen the session’s life.</p>
<noscript><p class="problem">This page needs its script to be live. <a href="/record.json">/record.json</a> has the same values.</p></noscript>
<section class="record" data-record="loading" aria-label="The record">
  <p class="no-record">There is no record yet: a visitor who stores nothing costs the store nothing. Put something in the cart, or
  count a visit.</p>
  <div class="tile tile-lock" data-lock>
    ${latch}
    <div>
      <h2>Lock</h2>
      <p class="value" data-field="lock">…</p>
      <p class="detail" data-field="request"></p>
    </div>
  </div>
  ${tile('Waiting', 'waiters', html`<p class="detail dots" data-dots aria-hidden="true"></p>`)}
  ${tile('Lives for', 'ttl', html`<p class="detail">unless it is used before</p>`)}
  ${tile('Writes', 'writes', html`<p class="detail" data-field="touches">…</p>`)}
  ${tile('Size', 'size', html`<p class="detail" data-field="bytes">…</p>`)}
  ${tile('Compression', 'compression', html`<p class="detail" data-field="saving">…</p>`)}
  <p class="key"><span>Key</span> <code data-field="key">…</code></p>
</section>
<div class="actions">
  <button class="button" type="button" data-hold>Hold the lock for 3 s</button>
  <button class="button quiet" type="button" data-visit>Count a visit</button>
  <p class="hint" data-note role="status">Hold it, then count visits: they wait in line, and none is lost.</p>
</div>

<section class="race" aria-labelledby="race-title">
  <h2 id="race-title">${REQUESTS} requests, one counter</h2>
  <p class="lead">Each reads a number from the session, thinks for 5 ms, and stores the number plus one. ${CONCURRENCY} at a time, first
  on Latchkey, then the same on ${rival}.</p>
  <div class="actions">
    <button class="button" type="button" data-race>Run the race</button>
    <p class="hint" data-race-note role="status"></p>
  </div>
  <div class="lanes">
    ${lane('latchkey', 'Latchkey')}
    ${lane('rival', rival)}
  </div>
</section>`
}

function tile(title: string, field: string, detail: Html): Html {
  return html`<div class="tile"><h2>${title}</h2><p class="value" data-field="${field}">…</p>${detail}</div>`
}

function lane(name: string, title: string): Html {
  return html`<article class="panel lane" data-lane="${name}" data-state="idle">
  <h3>${title}</h3>
  <p class="verdict"><b data-race-field="lost">?</b> <span data-race-field="verdict">lost updates</span></p>
  <div class="bar" aria-hidden="true"><i class="bar-kept"></i><i class="bar-lost"></i></div>
  <dl class="facts">
    <div><dt>Answered</dt><dd data-race-field="answered">–</dd></div>
    <div><dt>Counter</dt><dd data-race-field="counter">–</dd></div>
    <div><dt>Waiting</dt><dd data-race-field="waiters">–</dd></div>
    <div><dt>In all</dt><dd data-race-field="took">–</dd></div>
    <div><dt>Median</dt><dd data-race-field="median">–</dd></div>
    <div><dt>Slowest</dt><dd data-race-field="max">–</dd></div>
  </dl>
</article>`
}
