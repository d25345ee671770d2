import { addLater } from '../../../session.js'

export async function GET() {
  await Promise.all([addLater(), addLater(), addLater()])
  return new Response('done')
}
