import { session } from '#lib/server/session.js'

export async function load() {
  const { data } = await session()
  return { user: data.user ?? 'nobody' }
}
