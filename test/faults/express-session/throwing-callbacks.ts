// A program whose callbacks throw: prints what became of each as a JSON array. Run by callbacks.test.ts.
import { once } from 'node:events'
import { expressStore } from '../../../src/express-session/index.ts'
import { createSessions } from '../../../src/index.ts'

const sessions = await createSessions({ store: 'memory', logLevel: 'silent' })
const store = expressStore(sessions)
const id = 'an-id-of-this-program'
const data = { cookie: { originalMaxAge: null } } as never
const known = sessions.create(id)
known.data = { n: 1 }
await known.commit()

const calls: ((fail: () => never) => unknown)[] = [
  fail => store.get(id, fail),
  fail => store.get('nobody-knows-this-id', fail),
  fail => store.set(id, data, fail),
  fail => store.set('short', data, fail),
  fail => store.touch(id, data, fail),
  fail => store.destroy(id, fail),
  fail => store.length(fail),
]

const outcomes: string[] = []
process.on('unhandledRejection', error => outcomes.push(`a rejection: ${error}`))
process.on('uncaughtException', error => outcomes.push(error.message))
for (const call of calls) {
  let times = 0
  call(() => {
    times += 1
    throw new Error(`thrown by call ${times}`)
  })
  await once(process, 'uncaughtException')
}
console.log(JSON.stringify({ outcomes, holding: sessions.counts.holding }))
