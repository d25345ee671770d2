import { useLoaderData } from 'react-router'
import { session } from '../session.server.js'

export async function loader() {
  const { data } = await session()
  return data.user ?? 'nobody'
}

export default function Who() {
  return <p>{`user=${useLoaderData()}`}</p>
}
