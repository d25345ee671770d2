import { add, session } from '#lib/server/session.js'

export async function load() {
  const { data } = await session()
  return { n: data.n ?? 0, user: data.user ?? 'nobody' }
}

export const actions = {
  default: async () => {
    await add()
  },
}
