// A process full of clients; `Workers` in workers.ts is its other end.
import type { OptionsInput } from '../../src/index.ts'
import { Chronicle } from './chronicle.ts'
import { Client, type Habits } from './client.ts'
import { openHistory } from './history.ts'
import { latchkey } from './latchkey.ts'
import { Names } from './names.ts'
import { notesOf } from './notes.ts'
import { Random } from './random.ts'
import { reference } from './reference.ts'
import type { Subject } from './subject.ts'

export interface Employment {
  /** `w1.2` is the second process in the first worker's place. */
  process: string
  seed: number | string
  subject: 'latchkey' | 'reference'
  options: OptionsInput
  history: string
  clients: number
  habits: Omit<Habits, 'cold'>
}

const {
  process: name,
  seed,
  subject: kind,
  options,
  history: path,
  clients,
  habits,
} = JSON.parse(process.argv[2] ?? '{}') as Employment
const history = openHistory(path)
const names = new Names()
let working = true

const notes = notesOf(history.write)
const subject: Subject =
  kind === 'latchkey'
    ? await latchkey(options, notes, `first-wait-of-${name.replace('.', '-')}`)
    : await reference(options, notes)

async function work(n: number): Promise<void> {
  const cold = `cold-${name.replace('.', '-')}-${n}-${habits.hot[0]}`
  const client = new Client(
    subject,
    new Random(seed, name, n),
    { ...habits, cold },
    new Chronicle(history.write, name, n),
    names,
  )
  while (working) await client.visit()
}

history.write({ line: 'process', process: name, state: 'born' })

process.on('message', (told: 'stop') => {
  if (told === 'stop') working = false
})
process.on('disconnect', () => process.exit(1))
process.send?.('ready')

await Promise.all(Array.from({ length: clients }, (_, n) => work(n)))
await subject.close({ grace: 1 })
history.write({ line: 'process', process: name, state: 'ended' })
history.close()
process.removeAllListeners('disconnect')
process.disconnect()
