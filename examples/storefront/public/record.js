// The record page: shows the session's record live and runs the race.

/** Between two looks at the record, in ms. */
const LOOK_EVERY = 500
/** How long the hold button keeps the lock, in ms. */
const HOLD = 3000
/** A browser opens six connections to a site at most: these many requests of ours, and the looks still get through. */
const MOST_PENDING = 4

const find = selector => document.querySelector(selector)
const record = find('[data-record]')
let pending = 0

function fill(scope, attribute, values) {
  for (const [name, value] of Object.entries(values)) {
    const element = scope.querySelector(`[${attribute}="${name}"]`)
    if (element && element.textContent !== value) element.textContent = value
  }
}

const count = number => number.toLocaleString('en')

function size(bytes) {
  return bytes < 1024 ? `${bytes} B` : `${(bytes / 1024).toFixed(1)} KB`
}

function span(ms) {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`
}

function lifetime(seconds) {
  const days = Math.floor(seconds / 86_400)
  const hours = Math.floor((seconds % 86_400) / 3600)
  const minutes = Math.floor((seconds % 3600) / 60)
  if (days > 0) return `${days} d ${hours} h`
  if (hours > 0) return `${hours} h ${minutes} min`
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`
}

// The record

function show(view) {
  record.dataset.record = view ? 'there' : 'missing'
  if (!view) return
  const { holder, waiters } = view
  find('[data-lock]').toggleAttribute('data-held', holder !== undefined)
  find('[data-dots]').textContent = '●'.repeat(Math.min(waiters, 12))
  fill(record, 'data-field', {
    lock: holder ? `Held${holder.heldFor === undefined ? '' : ` for ${span(holder.heldFor)}`}` : 'Free',
    request: holder
      ? `by ${holder.request || 'a request'}${holder.php ? ' of PHP' : ''}`
      : 'The next request takes it at once',
    waiters: count(waiters),
    ttl: view.ttl === undefined ? 'ever' : lifetime(Math.round(view.ttl)),
    writes: count(view.writes),
    touches: `and ${count(view.touches)} ${view.touches === 1 ? 'touch' : 'touches'}`,
    size: size(view.storedBytes),
    bytes: unfolded(view),
    compression: view.compression,
    saving: saving(view),
    key: view.key,
  })
}

function unfolded({ bytes, storedBytes }) {
  if (bytes === undefined) return 'that cannot be read'
  return bytes === storedBytes ? 'as it is' : `of ${size(bytes)} of data`
}

function saving({ bytes, storedBytes, compression }) {
  if (compression === 'none') return 'too small to be worth it'
  return bytes === undefined ? '' : `${Math.round((1 - storedBytes / bytes) * 100)} % saved`
}

async function look() {
  try {
    const answer = await fetch('/record.json', { cache: 'no-store' })
    if (answer.ok) show((await answer.json()).record)
    record.toggleAttribute('data-stale', !answer.ok)
  } catch {
    record.toggleAttribute('data-stale', true)
  }
}

async function keepLooking() {
  if (!document.hidden) await look()
  setTimeout(keepLooking, LOOK_EVERY)
}

async function send(path, tell) {
  const note = find('[data-note]')
  if (pending >= MOST_PENDING) {
    note.textContent = 'Enough of them are waiting. Let one finish.'
    return
  }
  pending += 1
  try {
    // A browser lets requests for one address wait for each other, unless their answers are not to be kept.
    const answer = await fetch(path, { cache: 'no-store' })
    const text = await answer.text()
    note.textContent = answer.ok ? tell(text) : `Refused with ${answer.status}.`
  } catch {
    note.textContent = 'The shop does not answer.'
  } finally {
    pending -= 1
    look()
  }
}

// Answers of requests that ran side by side come in any order.
let visits = 0
function tellVisit(text) {
  visits = Math.max(visits, Number(text))
  return `Visit number ${visits}.`
}

find('[data-visit]').addEventListener('click', () => send('/visits', tellVisit))

find('[data-hold]').addEventListener('click', async () => {
  // There is no lock where there is no record.
  if (record.dataset.record === 'missing') await send('/visits', tellVisit)
  await send(`/slow?ms=${HOLD}`, text => text)
})

// The race

function showLane({ lane, done, requests, waiters, result }) {
  const panel = find(`[data-lane="${lane}"]`)
  if (result) return showResult(panel, result)
  panel.dataset.state = 'running'
  panel.style.setProperty('--kept', done / requests)
  panel.style.setProperty('--lost', 0)
  fill(panel, 'data-race-field', {
    lost: '…',
    verdict: 'counting',
    answered: count(done),
    waiters: waiters === undefined ? 'no lock' : count(waiters),
  })
}

function showResult(panel, result) {
  panel.dataset.state = 'done'
  panel.dataset.lost = result.lost
  panel.style.setProperty('--kept', (result.end - result.start) / result.requests)
  panel.style.setProperty('--lost', result.lost / result.requests)
  fill(panel, 'data-race-field', {
    lost: count(result.lost),
    verdict: `${result.lost === 1 ? 'lost update' : 'lost updates'}${result.refused > 0 ? `, ${count(result.refused)} refused` : ''}`,
    answered: `${count(result.answered)} of ${count(result.requests)}`,
    counter: `${count(result.start)} → ${count(result.end)}`,
    waiters: result.mostWaiters === undefined ? 'no lock' : `${count(result.mostWaiters)} at most`,
    took: span(result.took),
    median: span(result.latency.median),
    max: span(result.latency.max),
  })
}

const UNKNOWN = { answered: '–', counter: '–', waiters: '–', took: '–', median: '–', max: '–' }

function resetLanes() {
  for (const panel of document.querySelectorAll('[data-lane]')) {
    panel.dataset.state = 'idle'
    panel.style.setProperty('--kept', 0)
    panel.style.setProperty('--lost', 0)
    fill(panel, 'data-race-field', { ...UNKNOWN, lost: '?', verdict: 'lost updates' })
  }
}

async function* linesOf(answer) {
  let rest = ''
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return
    const lines = (rest + value).split('\n')
    rest = lines.pop()
    yield* lines
  }
}

async function run() {
  const button = find('[data-race]')
  const note = find('[data-race-note]')
  button.disabled = true
  note.textContent = 'Running …'
  resetLanes()
  try {
    const answer = await fetch('/race', { method: 'POST', headers: { accept: 'application/x-ndjson' } })
    if (!answer.ok) throw new Error(`The shop answered ${answer.status}. Try again in a moment.`)
    const results = {}
    for await (const text of linesOf(answer)) {
      const line = JSON.parse(text)
      if (line.problem) throw new Error(line.problem)
      if (line.result) results[line.lane] = line.result
      showLane(line)
    }
    note.textContent = conclusion(results)
  } catch (error) {
    note.textContent = error.message
  } finally {
    button.disabled = false
  }
}

function conclusion({ latchkey, rival }) {
  if (!latchkey || !rival) return 'The race broke off.'
  const name = find('[data-lane=rival] h3').textContent
  return `${name} answered “done” to ${count(rival.answered)} requests and lost the work of ${count(rival.lost)}. Latchkey lost ${count(latchkey.lost)}.`
}

find('[data-race]').addEventListener('click', run)
keepLooking()
