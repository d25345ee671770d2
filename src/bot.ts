import { isbot } from 'isbot'

const REMEMBERED = 1000
const known = new Map<string, boolean>()

/** A missing user agent is a bot, as it is for the PHP reference; isbot itself says the contrary. */
export function isBot(userAgent: string | null | undefined): boolean {
  if (userAgent === undefined || userAgent === null || userAgent === '') return true
  let bot = known.get(userAgent)
  if (bot === undefined) {
    bot = isbot(userAgent)
    if (known.size >= REMEMBERED) known.clear()
    known.set(userAgent, bot)
  }
  return bot
}
