/** A browser and its system; a browser that names others too comes before those. */
const BROWSERS: readonly [string, RegExp][] = [
  ['Edge', /Edg/],
  ['Opera', /OPR\//],
  ['Firefox', /Firefox|FxiOS/],
  ['Chrome', /Chrom|CriOS/],
  ['Safari', /Safari/],
]
const SYSTEMS: readonly [string, RegExp][] = [
  ['an iPhone', /iPhone/],
  ['an iPad', /iPad/],
  ['Android', /Android/],
  ['Windows', /Windows/],
  ['a Mac', /Macintosh/],
  ['Linux', /Linux|X11/],
]

/** What a visitor knows a device by, such as "Firefox on Linux". A guess, from what its browser says of itself. */
export function deviceOf(userAgent = ''): string {
  const named = (all: typeof BROWSERS) => all.find(([, sign]) => sign.test(userAgent))?.[0]
  const system = named(SYSTEMS)
  const browser = named(BROWSERS) ?? 'A browser'
  return system === undefined ? browser : `${browser} on ${system}`
}
