import { add } from '#lib/server/session.js'

export const POST = async () => Response.json({ n: await add() })
