import { createSessions } from 'latchkey'
import { nextSessions } from 'latchkey/next'

export const session = nextSessions({
  sessions: () => createSessions({ logLevel: 'warn' }),
  secret: process.env.SESSION_SECRET,
})
