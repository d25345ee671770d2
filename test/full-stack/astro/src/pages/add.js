import { add } from '../session.js'

export const POST = async () => Response.json({ n: await add() })
