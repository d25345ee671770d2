import { session } from '../../lib/session.js'

export const POST = session.route(
  async () => {
    const s = await session()
    await s.destroy()
    return Response.redirect('http://shop.test/who', 303)
  },
  { logout: true },
)
