import { add } from '../session.js'

export async function POST() {
  await add()
  throw new Error('a bug of the shop')
}
