import { createSessions } from 'latchkey'
import { fetchSessions } from 'latchkey/fetch'

export const session = fetchSessions(createSessions({ logLevel: 'warn' }), {
  secret: process.env.SESSION_SECRET,
})

/** As long as it takes, others wait. */
export async function add() {
  const { data } = await session()
  const n = data.n ?? 0
  await new Promise(resolve => setTimeout(resolve, 1))
  data.n = n + 1
  return data.n
}

export async function addLater() {
  const { data } = await session()
  await new Promise(resolve => setTimeout(resolve, 1))
  data.n = (data.n ?? 0) + 1
  return null
}
