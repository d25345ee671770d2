import { session } from '../../lib/session.js'

export default async function Who() {
  const { user } = await session.read()
  return <p>{`user=${user ?? 'nobody'}`}</p>
}
