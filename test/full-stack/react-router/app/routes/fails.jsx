import { add } from '../session.server.js'

export async function action() {
  await add()
  throw new Error('a bug of the shop')
}

export default function Fails() {
  return null
}
