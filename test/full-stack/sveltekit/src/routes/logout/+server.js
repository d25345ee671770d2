import { redirect } from '@sveltejs/kit'
import { session } from '#lib/server/session.js'

export async function POST() {
  const s = await session()
  await s.destroy()
  redirect(303, '/who')
}
