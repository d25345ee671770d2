import { session } from '../session.js'

export async function POST({ redirect }) {
  const s = await session()
  await s.destroy()
  return redirect('/who', 303)
}
