import { session } from '../../lib/session.js'
import { add, addTwice, fails, login } from '../actions.js'

/** However many components read the session, it is read once. */
async function Count() {
  const { n } = await session.read()
  return <p>{`n=${n ?? 0}`}</p>
}

/** Frozen. Modules that Next has built are not in strict mode: there the change is ignored, and throws elsewhere. */
async function Unchanged() {
  const data = await session.read()
  try {
    data.n = 1000
  } catch {}
  return <p>{`after a change n=${data.n}`}</p>
}

export default async function Page() {
  const { user } = await session.read()
  return (
    <main>
      <p>{`user=${user ?? 'nobody'}`}</p>
      <Count />
      <Unchanged />
      {Object.entries({ add, addTwice, login, fails }).map(([name, action]) => (
        <form key={name} action={action} id={name}>
          <button type="submit">{name}</button>
        </form>
      ))}
    </main>
  )
}
