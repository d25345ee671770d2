import { session } from '../session.js'

export async function POST({ redirect }) {
  const s = await session()
  await s.regenerate()
  s.data.user = 'ada'
  return redirect('/who', 303)
}
