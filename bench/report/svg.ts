export function escaped(text: string): string {
  return text.replace(
    /[<>&"]/g,
    sign => ({ '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;' })[sign] ?? sign,
  )
}

type Attributes = Readonly<Record<string, string | number>>

export function line(x1: number, y1: number, x2: number, y2: number, kind: string): string {
  return `<line x1="${fixed(x1)}" y1="${fixed(y1)}" x2="${fixed(x2)}" y2="${fixed(y2)}" class="${kind}"/>`
}

export function text(x: number, y: number, content: string, attributes: Attributes = {}): string {
  const rest = Object.entries(attributes).map(([name, value]) => ` ${name}="${value}"`)
  return `<text x="${fixed(x)}" y="${fixed(y)}"${rest.join('')}>${escaped(content)}</text>`
}

export function path(points: readonly { x: number; y: number }[], kind: string): string {
  return `<polyline points="${points.map(({ x, y }) => `${fixed(x)},${fixed(y)}`).join(' ')}" class="${kind}"/>`
}

const SHAPES = [
  (r: number) => `M0,${-r}A${r},${r} 0 1 1 0,${r}A${r},${r} 0 1 1 0,${-r}Z`,
  (r: number) => `M${-r},${-r}H${r}V${r}H${-r}Z`,
  (r: number) => `M0,${-r * 1.2}L${r * 1.15},${r * 0.9}H${-r * 1.15}Z`,
  (r: number) => `M0,${-r * 1.3}L${r * 1.3},0L0,${r * 1.3}L${-r * 1.3},0Z`,
  (r: number) => `M0,${r * 1.2}L${r * 1.15},${-r * 0.9}H${-r * 1.15}Z`,
]

/** A mark whose shape says what its colour says. */
export function mark(x: number, y: number, series: number, says: string, radius = 4.5): string {
  const shape = SHAPES[series % SHAPES.length]?.(radius)
  return `<path class="mark c${series % COLOURS}" transform="translate(${fixed(x)} ${fixed(y)})" d="${shape}"><title>${escaped(says)}</title></path>`
}

/** How many colours there are; see style.ts. */
export const COLOURS = 6

export interface Svg {
  readonly id: string
  readonly title: string
  readonly description: string
  readonly width: number
  readonly height: number
  readonly parts: readonly string[]
}

export function svg({ id, title, description, width, height, parts }: Svg): string {
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-t ${id}-d">
<title id="${id}-t">${escaped(title)}</title><desc id="${id}-d">${escaped(description)}</desc>
${parts.join('\n')}
</svg>`
}

function fixed(number: number): string {
  return number.toFixed(1)
}
