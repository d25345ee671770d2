import { Form, useLoaderData } from 'react-router'
import { add, session } from '../session.server.js'

export async function loader() {
  const { data } = await session()
  return { n: data.n ?? 0, user: data.user ?? 'nobody' }
}

export async function action() {
  await add()
  return null
}

export default function Page() {
  const { n, user } = useLoaderData()
  return (
    <Form method="post">
      <p>{`user=${user}`}</p>
      <p>{`n=${n}`}</p>
    </Form>
  )
}
