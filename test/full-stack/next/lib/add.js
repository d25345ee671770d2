import { session } from './session.js'

/** As long as it takes, others wait. */
export async function add() {
  const { data } = await session()
  const n = data.n ?? 0
  await new Promise(resolve => setTimeout(resolve, 1))
  data.n = n + 1
  return data.n
}
