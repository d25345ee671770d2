import { distance } from 'fastest-levenshtein'

/** The known name that was probably meant: misspelt, in another case, or right but in the wrong group. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const allowed = 1 + Math.floor(bare(leaf(name)).length / 3)
  const [best] = known
    .map(candidate => ({
      candidate,
      far: Math.min(apart(name, candidate), 1 + apart(leaf(name), leaf(candidate))),
    }))
    .filter(({ far }) => far <= allowed)
    .sort((a, b) => a.far - b.far)
  return best?.candidate
}

function apart(a: string, b: string): number {
  return distance(bare(a), bare(b))
}

/** A name without its case and separators. */
export function bare(name: string): string {
  return name.toLowerCase().replaceAll(/[._-]/g, '').slice(0, 100)
}

function leaf(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}
