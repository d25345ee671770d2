// Other libraries take milliseconds. A number of them that is read as seconds locks a session for hours, or keeps it for
// years, and nothing else would say so. A text with a unit is never in doubt: "30000s".

/** How long an option usually is: a command to Redis, a wait, or the life of a session. */
export type Scale = 'command' | 'wait' | 'life'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
/** Seconds. */
const DAY = 86_400

const LOOKS: Record<Scale, (number: number) => boolean> = {
  // No request waits for Redis for minutes.
  command: number => number >= 100,
  // 1200, 1800, 3600 and 86400 are seconds.
  wait: number => number >= 1000 && number % 500 === 0,
  // Whole minutes in milliseconds, where they are no whole days in seconds.
  life: number =>
    number >= MINUTE_MS && number % MINUTE_MS === 0 && (number % DAY !== 0 || number % HOUR_MS === 0),
}

/** What to do about a number of seconds that looks like milliseconds; undefined for any other number. */
export function milliseconds(number: number, scale: Scale, max: number): string | undefined {
  if (number / 1000 > max || !LOOKS[scale](number)) return undefined
  const meant = number > max ? '' : `, or "${number}s" if you mean ${number} seconds`
  return `it looks like milliseconds. Write ${number / 1000}${meant}`
}
