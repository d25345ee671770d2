import { redirect } from 'react-router'
import { session } from '../session.server.js'

export async function action() {
  const s = await session()
  await s.destroy()
  return redirect('/who', 303)
}
