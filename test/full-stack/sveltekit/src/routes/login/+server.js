import { redirect } from '@sveltejs/kit'
import { session } from '#lib/server/session.js'

export async function POST() {
  const s = await session()
  await s.regenerate()
  s.data.user = 'ada'
  redirect(303, '/who')
}
