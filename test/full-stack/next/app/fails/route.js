import { add } from '../../lib/add.js'
import { session } from '../../lib/session.js'

export const POST = session.route(async () => {
  await add()
  throw new Error('a bug of the shop')
})
