import { add } from '../session.server.js'

export const action = async () => Response.json({ n: await add() })
