import { redirect } from 'next/navigation'
import { session } from '../../lib/session.js'

export const POST = session.route(async () => {
  const s = await session()
  await s.regenerate()
  s.data.user = 'ada'
  redirect('/who')
})
