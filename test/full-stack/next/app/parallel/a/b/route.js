import { session } from '../../../../lib/session.js'

const addLater = async () => {
  const { data } = await session()
  await new Promise(resolve => setTimeout(resolve, 1))
  data.n = (data.n ?? 0) + 1
}

export const GET = session.route(async () => {
  await Promise.all([addLater(), addLater(), addLater()])
  const { n } = await session.read()
  return Response.json({ n })
})
