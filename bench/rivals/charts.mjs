/**
 * Bars as SVG, for light and dark pages: the colours follow the reader's, the ground stays the page's.
 *
 * @typedef {object} Chart
 * @property {string} file
 * @property {string} title
 * @property {string} unit follows each figure, with its space: ' ms'
 * @property {boolean} [log]
 * @property {{ at: number, text: string }} [mark] a line that matters
 * @property {{ name: string, ours: boolean, bars: Bar[] }[]} groups
 *
 * @typedef {{ series: string, value: number, low?: number, high?: number, failure?: string }} Bar
 */
import { digits } from './statistics.mjs'

const WIDTH = 860
const NAMES = 245
const VALUES = 165
const PLOT = WIDTH - NAMES - VALUES
const TOP = 62
const BAR = 13
const GAP = 14
const FOOT = 34

const STYLE = `
text{font:13px system-ui,sans-serif;fill:#24292f}.title{font-size:15px;font-weight:600}.dim{fill:#57606a;font-size:12px}
.grid{stroke:#d0d7de;stroke-opacity:.7}.bar{fill:#8c959f}.ours{fill:#0969da}.whisker{stroke:#24292f;stroke-opacity:.7}
.mark{stroke:#cf222e;stroke-dasharray:4 3}.failure{fill:#cf222e}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.dim{fill:#9198a1}.grid{stroke:#3d444d}.bar{fill:#6e7681}
.ours{fill:#4493f8}.whisker{stroke:#e6edf3}.mark{stroke:#f85149}.failure{fill:#f85149}}`

/** @param {Chart} chart */
export function draw({ title, unit, log = false, mark, groups }) {
  const series = groups[0].bars.map(bar => bar.series)
  const shades = series.map((_, n) => (series.length === 1 ? 1 : 1 - (0.5 * n) / (series.length - 1)))
  const drawn = groups.flatMap(group => group.bars).filter(bar => !bar.failure)
  const axis = axisOf(
    drawn.flatMap(bar => [bar.value, bar.high ?? bar.value]).concat(mark?.at ?? []),
    log,
    drawn,
  )
  const x = value => NAMES + PLOT * axis.share(value)
  const step = series.length * (BAR + 2) + GAP
  const bottom = TOP + groups.length * step
  const parts = [
    text(0, 18, title, 'class="title"'),
    ...legend(series, shades),
    ...axis.ticks.flatMap(tick => [
      line(x(tick), TOP - 6, x(tick), bottom, 'class="grid"'),
      text(x(tick), bottom + 18, `${tidy(tick)}${unit}`, 'class="dim" text-anchor="middle"'),
    ]),
    ...groups.flatMap((group, n) => bars(group, TOP + n * step)),
  ]
  if (mark) {
    parts.push(
      line(x(mark.at), TOP - 6, x(mark.at), bottom, 'class="mark"'),
      text(x(mark.at), TOP - 10, mark.text, 'class="failure" text-anchor="middle"'),
    )
  }
  const height = bottom + FOOT
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
<title>${escaped(title)}</title><style>${STYLE}</style>
${parts.join('\n')}
</svg>
`

  function bars({ name, ours, bars }, top) {
    const middle = top + (bars.length * (BAR + 2)) / 2 + 4
    return [
      text(NAMES - 12, middle, name, `text-anchor="end"${ours ? ' font-weight="600"' : ''}`),
      ...bars.flatMap((bar, n) => one(bar, top + n * (BAR + 2), ours ? 'ours' : 'bar', shades[n])),
    ]
  }

  function one({ value, low, high, failure }, y, kind, shade) {
    if (failure) return [text(NAMES + 4, y + BAR - 2, failure, 'class="failure" font-size="12"')]
    const middle = y + BAR / 2
    const end = Math.max(x(value), x(high ?? value))
    const parts = [
      `<rect class="${kind}" fill-opacity="${shade.toFixed(2)}" x="${NAMES}" y="${y}" width="${(x(value) - NAMES).toFixed(1)}" height="${BAR}"/>`,
      text(end + 6, y + BAR - 2, `${digits(value)}${unit}`, 'class="dim"'),
    ]
    if (low !== high) parts.push(line(x(low), middle, x(high), middle, 'class="whisker"'))
    return parts
  }
}

function legend(series, shades) {
  let left = 0
  return series.flatMap((name, n) => {
    const at = left
    left += 34 + name.length * 7
    return [
      `<rect class="bar" fill-opacity="${shades[n].toFixed(2)}" x="${at}" y="30" width="12" height="12"/>`,
      text(at + 18, 41, name, 'class="dim"'),
    ]
  })
}

/** From zero, or over whole powers of ten. */
function axisOf(values, log, drawn) {
  const most = Math.max(...values, Number.MIN_VALUE)
  if (log) {
    const from = Math.floor(Math.log10(0.99 * Math.min(...drawn.map(bar => bar.value))))
    const to = Math.ceil(Math.log10(most))
    const ticks = Array.from({ length: to - from + 1 }, (_, n) => 10 ** (from + n))
    return { ticks, share: value => (Math.log10(value) - from) / (to - from) }
  }
  const power = 10 ** Math.floor(Math.log10(most / 4))
  const step = power * [1, 2, 5, 10].find(factor => most / (power * factor) <= 6)
  const count = Math.ceil(most / step)
  const ticks = Array.from({ length: count + 1 }, (_, n) => n * step)
  return { ticks, share: value => value / (count * step) }
}

function line(x1, y1, x2, y2, rest) {
  const at = [x1, y1, x2, y2].map(value => value.toFixed(1))
  return `<line x1="${at[0]}" y1="${at[1]}" x2="${at[2]}" y2="${at[3]}" ${rest}/>`
}

function text(x, y, content, rest) {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${rest}>${escaped(content)}</text>`
}

function tidy(tick) {
  return tick >= 1000 ? tick.toLocaleString('en-US') : Number(tick.toPrecision(3))
}

function escaped(content) {
  return content.replace(/[<>&]/g, sign => ({ '<': '&lt;', '>': '&gt;', '&': '&amp;' })[sign])
}
