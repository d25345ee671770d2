import { session } from '../../lib/session.js'
import { add, addTwice, fails, login } from '../actions.js'

/** However many components read the session, it is read once. */
async function Count() {
  const { n } = await session.read()
  return <p>{`n=${n ?? 0}`}</p>
}

async function Refused() {
  const data = await session.read()
  try {
    data.n = 1000
    return <p>written</p>
  } catch {
    return <p>frozen</p>
  }
}

export default async function Page() {
  const { user } = await session.read()
  return (
    <main>
      <p>{`user=${user ?? 'nobody'}`}</p>
      <Count />
      <Refused />
      {Object.entries({ add, addTwice, login, fails }).map(([name, action]) => (
        <form key={name} action={action} id={name}>
          <button type="submit">{name}</button>
        </form>
      ))}
    </main>
  )
}
