import { session } from '#lib/server/session.js'

export const handle = ({ event, resolve }) => session.run(event.request, () => resolve(event))
