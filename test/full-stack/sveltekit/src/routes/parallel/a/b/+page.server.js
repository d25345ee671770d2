import { addLater } from '#lib/server/session.js'

export const load = async () => {
  await addLater()
}
