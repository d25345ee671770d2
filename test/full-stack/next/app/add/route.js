import { add } from '../../lib/add.js'
import { session } from '../../lib/session.js'

export const POST = session.route(async () => Response.json({ n: await add() }))
